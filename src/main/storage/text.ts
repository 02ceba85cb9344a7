import { problemsFrom } from '../../shared/domain/problem'

export const problem = problemsFrom({
  'data-folder-unusable': ({ folder, why }: { folder: string; why: string }) => ({
    message: `The data folder ${folder} cannot be written: ${why}.`,
    fix: 'Make the folder writable for your user, or choose another with --data.',
  }),
  'data-folder-owned': ({ folder }: { folder: string }) => ({
    message: `Another Slipway already works on ${folder}.`,
    fix: 'Use the one that is running, or choose another folder with --data.',
  }),
  'data-newer': ({ file, version, known }: { file: string; version: number; known: number }) => ({
    message: `${file} was written by a newer Slipway (its version is ${version}, this one knows ${known}). Nothing was changed.`,
    fix: 'Update Slipway, or choose another folder with --data.',
  }),
  'data-damaged': ({ file, why, copy }: { file: string; why: string; copy: string | null }) => ({
    message: `${file} is damaged: ${why}. Nothing was changed.`,
    fix: copy
      ? `The newest copy is ${copy}. Put it in the place of the damaged file, or choose another folder with --data.`
      : 'Choose another folder with --data, and keep the damaged file: parts of it may be readable.',
  }),
  'data-empty': ({ file, copy }: { file: string; copy: string | null }) => ({
    message: `${file} is empty, but this folder has been used before. Nothing was changed.`,
    fix: copy
      ? `The newest copy is ${copy}. Put it in the place of the empty file, or delete the empty file to begin anew.`
      : 'Delete the empty file to begin anew.',
  }),
  'record-unreadable': ({ table, id, why }: { table: string; id: string; why: string }) => ({
    message: `A stored record cannot be read: ${id} in ${table} (${why}).`,
    fix: 'Save a report from Settings and restore the last copy of the data file.',
  }),
  'disk-full': ({ file }: { file: string }) => ({
    message: `There is no space left to write ${file}. Nothing was started.`,
    fix: 'Free some space and try again.',
  }),
})
