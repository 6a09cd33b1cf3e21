/**
 * The floors of Portreeve, lowest first. Code may import from its own folder and from floors
 * below; never from above, and never sideways unless a comment here says so.
 *
 *   main.ts                              chooses the adapters and starts an entry point
 *   cli  http  agent                     translate a request into an action
 *   actions            adapters          do one thing, on the record | touch the outside world
 *   api                                  the HTTP API, described as data
 *   registry discovery exposure law review ledger safeguards evidence     decide, without touching
 *   model                                names things
 *   lib                                  knows nothing about network ports
 *
 * @type {import('dependency-cruiser').IConfiguration}
 */
const DOMAIN = 'registry|discovery|exposure|law|review|ledger|safeguards|evidence'
const PURE = `lib|model|${DOMAIN}|api`
const TESTS = '[.]test[.]ts$'

module.exports = {
  forbidden: [
    {
      name: 'lib-is-generic',
      comment: 'If it needs to know what a network port is, it belongs higher up.',
      severity: 'error',
      from: { path: '^src/lib/' },
      to: { path: '^src/', pathNot: '^src/lib/' },
    },
    {
      name: 'model-only-names',
      comment: 'Deciding about a thing belongs in a domain folder.',
      severity: 'error',
      from: { path: '^src/model/' },
      to: { path: '^src/', pathNot: '^src/(lib|model)/' },
    },
    {
      name: 'domains-are-strangers',
      comment: 'Domain folders meet only in src/actions, so each can be read alone.',
      severity: 'error',
      from: { path: `^src/(${DOMAIN}|api)/` },
      to: { path: '^src/', pathNot: '^src/(lib|model|$1)/' },
    },
    {
      name: 'pure-floors-touch-nothing',
      comment: 'Values in, values out. Files, sockets and clocks belong to adapters.',
      severity: 'error',
      from: { path: `^src/(${PURE})/`, pathNot: TESTS },
      to: { dependencyTypes: ['core'], pathNot: '^(node:)?(crypto|util|buffer)$' },
    },
    {
      name: 'pure-floors-need-little',
      comment: 'A new dependency below src/actions is a design decision: see docs/decisions.',
      severity: 'error',
      from: { path: `^src/(${PURE})/`, pathNot: TESTS },
      to: {
        dependencyTypes: ['npm', 'npm-dev', 'npm-no-pkg', 'npm-unknown'],
        pathNot: 'node_modules/(zod|yaml|@marcbachmann/cel-js)/',
      },
    },
    {
      name: 'only-law-reads-cel',
      comment: 'Conditions are law; nobody else interprets them.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/law/' },
      to: { path: 'node_modules/@marcbachmann/cel-js/' },
    },
    {
      name: 'actions-name-no-adapter',
      comment: 'An action asks its Environment; src/main.ts decides which adapter answers.',
      severity: 'error',
      from: { path: '^src/actions/', pathNot: TESTS },
      to: { path: '^src/(adapters|cli|http|agent|main[.]ts)' },
    },
    {
      name: 'adapters-decide-nothing',
      comment: 'An adapter that calls an action has become an entry point.',
      severity: 'error',
      from: { path: '^src/adapters/' },
      to: { path: '^src/(actions|cli|http|agent|main[.]ts)' },
    },
    {
      name: 'adapters-are-strangers',
      comment:
        'What two adapters share belongs in a domain, model or lib. A test may bring them together, as wiring does.',
      severity: 'error',
      from: { path: '^src/adapters/([^/]+)/', pathNot: TESTS },
      to: { path: '^src/adapters/', pathNot: '^src/adapters/$1/' },
    },
    {
      name: 'entry-points-only-translate',
      comment: 'cli, http and agent reach the domain through actions, and never each other.',
      severity: 'error',
      from: { path: '^src/(cli|http|agent)/', pathNot: TESTS },
      to: { path: '^src/', pathNot: '^src/(actions|api|model|lib|$1)/' },
    },
    {
      name: 'verifier-stands-alone',
      comment: 'An auditor must be able to read every line that judges the evidence.',
      severity: 'error',
      from: { path: '^verifier/src/', pathNot: TESTS },
      to: { pathNot: '^verifier/src/', dependencyTypesNot: ['core'] },
    },
    {
      name: 'console-is-a-client',
      comment:
        'The web UI has no privileges: it may read the API description and the vocabulary, nothing else.',
      severity: 'error',
      from: { path: '^console/' },
      to: { path: '^src/', pathNot: '^src/(api|model|lib)/' },
    },
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-orphans',
      severity: 'error',
      from: { orphan: true, pathNot: '[.](d|config|test)[.]ts$' },
      to: {},
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'types', 'default'] },
  },
}
