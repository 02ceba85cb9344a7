import { problemsFrom } from '../../shared/domain/problem'

/** What a host says when it cannot start or serve. */
export const problem = problemsFrom({
  'port-taken': ({ port }: { port: number }) => ({
    message: `Port ${port} is taken by another program.`,
    fix: 'Choose another with --port, or leave --port out and a free one is used.',
  }),
  'port-refused': ({ port }: { port: number }) => ({
    message: `This account may not listen on port ${port}.`,
    fix: 'Choose one above 1023 with --port, or leave --port out.',
  }),
  'bad-flag': ({ flag, why }: { flag: string; why: string }) => ({
    message: `${flag}: ${why}.`,
    fix: 'Try --help for what can be given.',
  }),
  'interface-missing': ({ folder }: { folder: string }) => ({
    message: `The built interface is not in ${folder}.`,
    fix: 'Build it first: npm run build.',
  }),
  'runtime-folder-unsafe': ({ folder, why }: { folder: string; why: string }) => ({
    message: `The folder for sockets, ${folder}, ${why}.`,
    fix: 'Remove it, or point XDG_RUNTIME_DIR to a folder of your own.',
  }),
  'address-refused': () => ({
    message: 'That address is not opened from here.',
    fix: 'Only https addresses are, and http ones on this computer.',
  }),
  'web-preferences-weak': ({ setting }: { setting: string }) => ({
    message: `The window would open without its protection "${setting}", so it is not opened.`,
    fix: 'Install Slipway again; if it stays so, report it.',
  }),
})
