import { YamlFileError, YamlFile } from '../../../lib/foundation/private/yaml-file';
import { UserError } from '../../cli-errors';
import { type Answers, SIZE_PATTERN } from './facts';
import { type AnswerValue, type Question, QUESTIONS } from './questions';

type Json = Record<string, unknown>;

const LARGEST_NUMBER = 100_000_000;

/** JSON Schema (draft 7) of requirements.yaml; requirements.schema.json is its published copy. */
export function requirementsSchema(): object {
  const properties: Json = {};
  for (const question of QUESTIONS) {
    const [group, name] = question.id.split('.');
    if (name === undefined) {
      properties[group] = answerSchema(question);
      continue;
    }
    properties[group] ??= { type: 'object', additionalProperties: false, properties: {} };
    ((properties[group] as Json).properties as Json)[name] = answerSchema(question);
  }
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    $id: 'https://github.com/cdk-data-patterns/cdk-data-patterns/blob/main/bin/commands/advise/requirements.schema.json',
    title: 'Requirements of a data architecture',
    description:
      'What `data-patterns advise` decides by. Leave out what is not known: the advice says what that could change.',
    type: 'object',
    additionalProperties: false,
    properties,
  };
}

function answerSchema({ kind, text, help, options, atMost }: Question): Json {
  const description = `${text} ${help}`;
  const values = options.map(({ value }) => value);
  switch (kind) {
    case 'one':
      return typeof values[0] === 'boolean'
        ? { description, type: 'boolean' }
        : { description, type: 'string', enum: values };
    case 'many':
      return {
        description,
        type: 'array',
        uniqueItems: true,
        ...(atMost === undefined ? {} : { maxItems: atMost }),
        items: { type: 'string', enum: values },
      };
    case 'number':
      return { description, type: 'integer', minimum: 0, maximum: LARGEST_NUMBER, examples: [values[1]] };
    case 'size':
      return {
        description,
        type: 'string',
        pattern: SIZE_PATTERN,
        patternErrorMessage: 'use an amount and a unit, such as 500 GB, 2.5 TB or 1 PB',
        examples: [values[3]],
      };
  }
}

/**
 * Reads requirements.yaml.
 *
 * @throws UserError naming every problem with file, line, column and remedy
 */
export function loadRequirements(file: string): Answers {
  try {
    const yaml = new YamlFile(file, 'latency: {fastest: minutes}');
    const content = yaml.content;
    yaml.check(requirementsSchema(), content);
    return flattened(content);
  } catch (error) {
    throw error instanceof YamlFileError ? new UserError(error.message) : error;
  }
}

/** Answers as requirements.yaml holds them: groups of settings. */
export function nested(answers: Answers): Json {
  const content: Json = {};
  for (const { id } of QUESTIONS) {
    const [group, name] = id.split('.');
    const value = answers[id];
    if (value === undefined) continue;
    if (name === undefined) content[group] = value;
    else content[group] = { ...(content[group] as Json | undefined), [name]: value };
  }
  return content;
}

function flattened(content: Json): Answers {
  return Object.fromEntries(
    QUESTIONS.flatMap(({ id }) => {
      const [group, name] = id.split('.');
      const value = name === undefined ? content[group] : (content[group] as Json | undefined)?.[name];
      return value === undefined ? [] : [[id, value as AnswerValue]];
    }),
  );
}
