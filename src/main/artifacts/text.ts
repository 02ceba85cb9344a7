import { problemsFrom } from '../../shared/domain/problem'

const texts = {
  'folder-unreadable': ({ folder, why }: { folder: string; why: string }) => ({
    message: `The folder ${folder} cannot be read (${why}).`,
    fix: 'Choose a folder that exists and that your user may read.',
  }),
  'folder-empty': ({ folder }: { folder: string }) => ({
    message: `There is nothing to pack in ${folder}.`,
    fix: 'Build it first, or look at its .slipwayignore.',
  }),
  'entry-refused': ({ entry, why }: { entry: string; why: string }) => ({
    message: `${entry} ${why}, so it cannot be packed.`,
    fix: 'Remove it, or name it in .slipwayignore.',
  }),
  'tar-unreadable': ({ file, why }: { file: string; why: string }) => ({
    message: `${file} could not be read as a tar: ${why}.`,
    fix: 'Give an uncompressed tar file.',
  }),
  'image-archive-wrong': ({ file, why }: { file: string; why: string }) => ({
    message: `${file} is not an image that can be used: ${why}.`,
    fix: 'Save it again with: docker save -o image.tar NAME',
  }),
  'file-moved': ({ file }: { file: string }) => ({
    message: `${file} changed while it was packed.`,
    fix: 'Wait until nothing writes there, then try again.',
  }),
  'artifact-missing': ({ digest }: { digest: string }) => ({
    message: `The artifact ${digest} is not in the store.`,
    fix: 'Make the release again.',
  }),
  'artifact-damaged': ({ digest }: { digest: string }) => ({
    message: `The stored artifact ${digest} is damaged: its bytes have another digest.`,
    fix: 'Make the release again from its folder; the same content has the same digest.',
  }),
  'build-failed': ({ command, exit }: { command: string; exit: string }) => ({
    message: `The build command ${command} ended with ${exit}.`,
    fix: 'Read its output, then try again.',
  }),
}

/** Problems of artifacts. */
export const problem = problemsFrom(texts)
