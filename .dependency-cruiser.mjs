/** Ground floor first. A room imports only from floors below, and only through the other room's index.ts. */
const floors = [
  ['base'],
  ['model'],
  ['platform'],
  ['machine', 'ring', 'journal', 'wire', 'config', 'benchmark', 'ai'],
  ['projector', 'conform'],
  ['engine', 'client', 'inspect'],
  ['shard'],
  ['services', 'books', 'archive'],
  ['server', 'observe', 'console'],
  ['serve'],
  ['cli'],
];
/** Tables that are doors of their own: `--help` names what is in them, and loads no room for it. */
const tables = '^src/(config/keys|benchmark/names)[.]ts$';
const room = (names) => `^src/(${names.join('|')})/`;
const tests = '[.]test[.]ts$';

const downward = floors.map((floor, level) => ({
  name: `floor-${level}-imports-downward`,
  severity: 'error',
  comment: `${floor.join(', ')}: batches travel up through these rooms, imports point down.`,
  from: { path: room(floor), pathNot: tests },
  to: { path: room(floors.slice(level).flat()), pathNot: '^src/$1/' },
}));

const onlyIn = (name, modules, rooms, comment) => ({
  name,
  severity: 'error',
  comment,
  from: { path: '^src/', pathNot: [room(rooms), tests] },
  to: { path: modules },
});

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    ...downward,
    {
      name: 'enter-by-the-door',
      severity: 'error',
      comment:
        'Another room is entered through its index.ts; export what is needed there, or move the code to the room that needs it.',
      from: { path: '^src/([^/]+)/', pathNot: tests },
      to: { path: '^src/[^/]+/', pathNot: ['^src/$1/', '^src/[^/]+/index[.]ts$', tables] },
    },
    {
      name: 'a-table-is-light',
      severity: 'error',
      comment: 'Constants and types alone, so that `tallystick --help` answers at once.',
      from: { path: tables },
      to: {},
    },
    {
      name: 'machine-is-pure',
      severity: 'error',
      comment:
        'base, model, machine and ring compute; whatever touches the world belongs in platform and is handed in.',
      from: { path: room(['base', 'model', 'machine', 'ring']), pathNot: tests },
      to: { dependencyTypes: ['core', 'npm', 'npm-dev', 'npm-optional', 'npm-peer'] },
    },
    onlyIn(
      'one-home-for-files',
      '^(node:)?fs(/promises)?$',
      ['platform', 'config', 'inspect', 'conform', 'benchmark', 'serve', 'cli'],
      'Files are touched in platform, and by rooms that are about files of their own; take a Storage.',
    ),
    onlyIn(
      'one-home-for-sockets',
      '^(node:)?(net|tls|https?|http2|dgram)$',
      ['server', 'client', 'observe'],
      'Sockets live in server and client, and the port for machines that watch in observe.',
    ),
    onlyIn(
      'one-home-for-threads',
      '^(node:)?worker_threads$',
      ['platform', 'engine'],
      'Threads are started in platform and wired in engine.',
    ),
    {
      name: 'services-speak-ledger',
      severity: 'error',
      comment: 'Services see base and model; a Ledger is handed to them.',
      from: { path: room(['services', 'books']), pathNot: tests },
      to: { path: '^src/', pathNot: ['^src/(services|books)/', room(['base', 'model'])] },
    },
    {
      name: 'archives-speak-ledger',
      severity: 'error',
      comment: 'An archive is made of any Ledger, and any Ledger of an archive.',
      from: { path: room(['archive']), pathNot: tests },
      to: { path: '^src/', pathNot: ['^src/archive/', room(['base', 'model', 'wire'])] },
    },
    {
      name: 'the-core-stands-alone',
      severity: 'error',
      comment: 'A package of packages/ plugs into a port of the core; the core imports none.',
      from: { path: '^src/', pathNot: tests },
      to: { path: '^packages/|^@?(nats-io|tallystick)/' },
    },
    {
      name: 'packages-enter-by-two-doors',
      severity: 'error',
      comment: 'What a package needs of the core is exported by src/index.ts or src/internal.ts.',
      from: { path: '^packages/[^/]+/src/', pathNot: tests },
      to: { path: '^src/', pathNot: '^src/(index|internal)[.]ts$' },
    },
    {
      name: 'one-home-for-nats',
      severity: 'error',
      comment: 'NATS is spoken in jetstream/, and by the lease; records, nodes and proposals know streams alone.',
      from: {
        path: '^packages/',
        pathNot: ['^packages/cluster/src/(jetstream/|lease[.]ts$)', '^packages/cluster/test/'],
      },
      to: { path: 'node_modules/@nats-io/' },
    },
    {
      name: 'no-circles',
      severity: 'error',
      comment: 'Two files that need each other are one idea, or hide a third.',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-orphans',
      severity: 'error',
      comment: 'Nothing imports this file: delete it or open a door to it.',
      from: {
        orphan: true,
        pathNot: [tests, '[.]d[.]ts$', '^src/cli/main[.]ts$', '-thread[.]ts$', '^src/internal[.]ts$'],
      },
      to: {},
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.node.json' },
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^src/[^/]+/kernel/' },
    enhancedResolveOptions: { extensions: ['.ts', '.js', '.mjs'] },
  },
};
