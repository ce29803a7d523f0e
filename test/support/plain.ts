/**
 * Imported first by tests that read what the command line prints: on a terminal, `node --test` asks the files that it
 * runs for colours.
 */
delete process.env.FORCE_COLOR;
