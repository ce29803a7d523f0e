/**
 * The floor plan of the whole repository, ground floor first: who may import whom. Types count as imports, kernels as
 * files.
 */

/** A house imports only from houses before it. Files that end in `.test.ts` belong to `test`, wherever they stand. */
const houses = ['src', 'packages', 'testing', 'bench', 'scripts', 'sim', 'torture', 'test'];

/** The rooms of the core. One imports only from floors below, and only through the other room's index.ts. */
const floors = [
  ['base'],
  ['model'],
  ['platform', 'helpers', 'trace'],
  ['machine', 'ring', 'journal', 'wire', 'shard'],
  ['projector', 'conform'],
  ['engine', 'client', 'inspect'],
  ['books', 'archive'],
];
/** The rooms of @tallystick/server, all of them above the core's. */
const serverFloors = [
  ['config', 'benchmark', 'msgpack', 'acme', 'identity', 'audit', 'sql', 'offsite'],
  ['server', 'observe'],
  ['serve'],
  ['cli'],
];
/** The rooms of `testing`. */
const testingFloors = [['model', 'disk'], ['ports'], ['conformance']];

/** Tables that are doors of their own: `--help` names what is in them, and loads no room for it. */
const tables = '^packages/server/src/(config/keys|benchmark/names)[.]ts$';
/** What the table of keys is put together of. */
const tableParts = '^packages/server/src/config/(configuration|[a-z]+-keys)[.]ts$';
/** What kernels of several rooms are made of; they have no door, for they are compiled into each. */
const sharedKernels = '^src/base/kernel/';
const room = (names) => `^src/(${names.join('|')})/`;
const serverRoom = (names) => `^packages/server/src/(${names.join('|')})/`;
const tests = '[.]test[.]ts$';
/** Files of `src` that stand in no room: the core's doors. They are built of rooms up to the engine's floor. */
const frontDoor = '^src/[^/]+[.]ts$';
const doorFloor = floors.findIndex((floor) => floor.includes('engine'));

const housesInOrder = houses.slice(0, -1).map((house, place) => ({
  name: `${house}-stands-on-those-before-it`,
  severity: 'error',
  comment: `Houses in order: ${houses.join(', ')}. What several of them need belongs in testing.`,
  from: { path: `^${house}/`, pathNot: tests },
  to: { path: `^(${houses.slice(place + 1).join('|')})/|${tests}` },
}));

const downward = floors.map((floor, level) => ({
  name: `floor-${level}-imports-downward`,
  severity: 'error',
  comment: `${floor.join(', ')}: batches travel up through these rooms, imports point down.`,
  from: { path: room(floor), pathNot: tests },
  to: { path: room(floors.slice(level).flat()), pathNot: '^src/$1/' },
}));

/** A test beside its file needs that room, its neighbours and those below. */
const testsDownward = floors.slice(0, -1).map((floor, level) => ({
  name: `a-test-on-floor-${level}-stays-there`,
  severity: 'error',
  comment: 'A test that opens a room above its own belongs in test/<flow>.',
  from: { path: `${room(floor)}.*${tests}` },
  to: { path: [room(floors.slice(level + 1).flat()), ...(level <= doorFloor ? [frontDoor] : [])] },
}));

const serverDownward = serverFloors.flatMap((floor, level) => [
  {
    name: `server-floor-${level}-imports-downward`,
    severity: 'error',
    comment: `${floor.join(', ')}: rooms of @tallystick/server, above those of the core.`,
    from: { path: serverRoom(floor), pathNot: tests },
    to: { path: serverRoom(serverFloors.slice(level).flat()), pathNot: '^packages/server/src/$1/' },
  },
  {
    name: `a-test-on-server-floor-${level}-stays-there`,
    severity: 'error',
    comment: 'A test that opens a room above its own belongs in test/<flow>.',
    from: { path: `${serverRoom(floor)}.*${tests}` },
    to: {
      path: ['^packages/server/src/[^/]+[.]ts$', ...serverFloors.slice(level + 1).map((above) => serverRoom(above))],
    },
  },
]);

const testingDownward = testingFloors.map((floor, level) => ({
  name: `testing-floor-${level}-imports-downward`,
  severity: 'error',
  comment: `testing/${floor.join(', testing/')}: models and disks, then ports, then the suite.`,
  from: { path: `^testing/(${floor.join('|')})/`, pathNot: tests },
  to: { path: `^testing/(${testingFloors.slice(level).flat().join('|')})/`, pathNot: '^testing/$1/' },
}));

const onlyIn = (name, modules, rooms, comment) => ({
  name,
  severity: 'error',
  comment,
  from: {
    path: '^(src|packages/server/src)/',
    pathNot: [`^(src|packages/server/src)/(${rooms.join('|')})(/|[.]ts$)`, tests],
  },
  to: { path: modules },
});

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    ...downward,
    ...testsDownward,
    ...serverDownward,
    ...testingDownward,
    ...housesInOrder,
    {
      name: 'enter-by-the-door',
      severity: 'error',
      comment:
        'Another room is entered through its index.ts; export what is needed there, or move the code to the room that needs it.',
      from: { path: '^src/([^/]+)/', pathNot: tests },
      to: { path: '^src/[^/]+/', pathNot: ['^src/$1/', '^src/[^/]+/index[.]ts$', sharedKernels] },
    },
    {
      name: 'enter-the-server-by-its-doors',
      severity: 'error',
      comment: 'Rooms of @tallystick/server have doors as those of the core have.',
      from: { path: '^packages/server/src/([^/]+)/', pathNot: tests },
      to: {
        path: '^packages/server/src/[^/]+/',
        pathNot: ['^packages/server/src/$1/', '^packages/server/src/[^/]+/index[.]ts$', tables],
      },
    },
    {
      name: 'testing-enters-by-the-door',
      severity: 'error',
      comment: 'testing ships with the package, and sees of it what its doors show.',
      from: { path: '^testing/', pathNot: tests },
      to: { path: '^src/', pathNot: ['^src/index[.]ts$', '^src/[^/]+/index[.]ts$'] },
    },
    {
      name: 'kernels-are-compiled-alone',
      severity: 'error',
      comment: 'A kernel is AssemblyScript: it imports kernels, and nobody imports it but the compiler.',
      from: { path: '/kernel/' },
      to: { pathNot: '/kernel/' },
    },
    {
      name: 'nobody-imports-a-kernel',
      severity: 'error',
      comment: 'It is AssemblyScript; import the compiled kernel.gen.ts.',
      from: { pathNot: '/kernel/' },
      to: { path: '/kernel/' },
    },
    {
      name: 'examples-know-the-package-alone',
      severity: 'error',
      comment: "A reader copies them: they import 'tallystick', as the reader will.",
      from: { path: '^examples/' },
      to: { path: `^(${houses.join('|')})/`, dependencyTypesNot: ['aliased-tsconfig-paths'] },
    },
    {
      name: 'a-table-is-light',
      severity: 'error',
      comment: 'Constants and types alone, so that `tallystick --help` answers at once.',
      from: { path: `${tables}|${tableParts}` },
      to: { pathNot: tableParts },
    },
    {
      name: 'machine-is-pure',
      severity: 'error',
      comment:
        'base, model, helpers, machine, ring and shard compute; whatever touches the world belongs in platform and is handed in.',
      from: { path: room(['base', 'model', 'helpers', 'machine', 'ring', 'shard']), pathNot: tests },
      to: { dependencyTypes: ['core', 'npm', 'npm-dev', 'npm-optional', 'npm-peer'] },
    },
    onlyIn(
      'one-home-for-files',
      '^(node:)?fs(/promises)?$',
      [
        'platform',
        'config',
        'inspect',
        'conform',
        'benchmark',
        'acme',
        'audit',
        'sql',
        'offsite',
        'serve',
        'cli',
        'bin',
      ],
      'Files are touched in platform, and by rooms that are about files of their own; take a Storage.',
    ),
    onlyIn(
      'one-home-for-sockets',
      '^(node:)?(net|tls|https?|http2|dgram)$',
      ['platform', 'server', 'client', 'observe', 'identity', 'acme'],
      'Sockets live in server and client, and the port for machines that watch in observe; platform makes them listen, identity looks at their certificates, and acme gets them.',
    ),
    onlyIn(
      'one-home-for-threads',
      '^(node:)?worker_threads$',
      ['platform', 'engine'],
      'Threads are started in platform and wired in engine.',
    ),
    onlyIn(
      'one-home-for-spans',
      'node_modules/@opentelemetry/',
      ['trace', 'observe'],
      'Spans are made in trace, and sent in observe.',
    ),
    {
      name: 'servers-need-no-client',
      severity: 'error',
      comment: 'What client and server share lies below both of them.',
      from: { path: serverRoom(['server', 'observe', 'serve', 'msgpack']), pathNot: tests },
      to: { path: room(['client']) },
    },
    {
      name: 'books-speak-ledger',
      severity: 'error',
      comment: 'Books see base and model; a Ledger is handed to them.',
      from: { path: room(['books']), pathNot: tests },
      to: { path: '^src/', pathNot: ['^src/books/', room(['base', 'model'])] },
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
      name: 'the-core-depends-on-nothing',
      severity: 'error',
      comment: 'npm install of the core brings one package; spans and patterns in books ask for one each, by name.',
      from: { path: '^src/', pathNot: ['^src/(trace/spans|books/re2)[.]ts$', tests] },
      to: { dependencyTypes: ['npm', 'npm-dev', 'npm-optional', 'npm-peer', 'npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'packages-enter-by-doors',
      severity: 'error',
      comment: 'A package sees of the core its doors: tallystick, tallystick/internal, and tallystick/internal/ROOM.',
      from: { path: '^packages/[^/]+/src/', pathNot: tests },
      to: { path: '^src/', pathNot: ['^src/(index|internal)[.]ts$', '^src/[^/]+/index[.]ts$'] },
    },
    {
      name: 'packages-name-the-core',
      severity: 'error',
      comment: 'Once installed the core is no neighbouring folder: its name leads there.',
      from: { path: '^packages/[^/]+/src/', pathNot: [tests, '/kernel/'] },
      to: { path: '^src/', dependencyTypesNot: ['aliased-tsconfig-paths'] },
    },
    {
      name: 'one-home-for-nats',
      severity: 'error',
      comment:
        'NATS is spoken in jetstream/; everything else knows an order (order.ts), which the simulator has as well.',
      from: {
        path: '^packages/',
        pathNot: ['^packages/cluster/src/jetstream/', '^packages/cluster/test/'],
      },
      to: { path: 'node_modules/@nats-io/' },
    },
    {
      name: 'services-are-handed-a-ledger',
      severity: 'error',
      comment: 'Services see base, model and helpers; a Ledger is handed to them, wherever it lives.',
      from: { path: '^packages/services/src/', pathNot: tests },
      to: {
        path: ['^src/', '^packages/(?!services/)'],
        pathNot: ['^src/index[.]ts$', room(['base', 'model', 'helpers'])],
      },
    },
    {
      name: 'the-console-asks-the-api-alone',
      severity: 'error',
      comment: 'It shows what the public HTTP API tells, so that it tests that API: no other package, no room.',
      from: { path: '^packages/console/src/', pathNot: tests },
      to: { path: ['^src/', '^packages/(?!console/)'] },
    },
    {
      name: 'one-home-for-lmdb',
      severity: 'error',
      comment: 'Records are a port; LMDB is one of the stores behind it.',
      from: { path: '^packages/', pathNot: '^packages/services/src/records/lmdb-records[.]ts$' },
      to: { path: 'node_modules/lmdb/' },
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
        path: '^(src|testing|packages/[^/]+/src)/',
        pathNot: [
          tests,
          '[.]d[.]ts$',
          '^src/(bin|internal)[.]ts$',
          '^packages/[^/]+/src/.*main[.]ts$',
          '-thread[.]ts$',
          '/kernel/index[.]ts$',
        ],
      },
      to: {},
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.tools.json' },
    // Examples import the package by its name, which leads to what was built.
    doNotFollow: { path: ['node_modules', '^dist/'] },
    enhancedResolveOptions: { extensions: ['.ts', '.js', '.mjs'] },
  },
};
