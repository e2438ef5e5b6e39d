/** A schema, the role that creates tables in it and those that read them. */
export interface SchemaAccess {
  readonly Name: string;
  readonly Writer: string;
  readonly Readers?: readonly string[];
}

/** A user of the database: a role of IAM (`IAMR:<role>`), or one with a password. */
export interface Login {
  readonly userName: string;
  /** The role of the database that it is a member of. */
  readonly role: string;
  /** As `CREATE USER` takes it, see {@link passwordDigest}; left out for users that log in through IAM alone. */
  readonly password?: string;
}

/** A statement; `tolerated` is what its error says when nothing is left to do. */
export interface Statement {
  readonly sql: string;
  readonly tolerated?: RegExp;
}

const EXISTS = /already exists/i;
const GONE = /does not exist|is not a member/i;

/** Creates schemas and roles, and grants the roles what they do there. Repeating it changes nothing. */
export function schemaStatements(schemas: readonly SchemaAccess[]): Statement[] {
  const roles = [...new Set(schemas.flatMap(({ Writer, Readers = [] }) => [Writer, ...Readers]))].sort();
  return [
    ...roles.map((role) => ({ sql: `CREATE ROLE ${identifier(role)}`, tolerated: EXISTS })),
    ...schemas.map(({ Name }) => ({ sql: `CREATE SCHEMA IF NOT EXISTS ${identifier(Name)}` })),
    ...schemas.flatMap(({ Name, Writer, Readers = [] }) => [
      { sql: `GRANT USAGE, CREATE ON SCHEMA ${identifier(Name)} TO ROLE ${identifier(Writer)}` },
      ...Readers.flatMap((reader) => [
        { sql: `GRANT USAGE ON SCHEMA ${identifier(Name)} TO ROLE ${identifier(reader)}` },
        { sql: `GRANT SELECT ON ALL TABLES IN SCHEMA ${identifier(Name)} TO ROLE ${identifier(reader)}` },
      ]),
    ]),
  ];
}

/** A schema over a database of the Glue catalog. */
export interface ExternalSchema {
  readonly name: string;
  readonly catalogDatabase: string;
  /** The role under which Redshift reads catalog and files. */
  readonly roleArn: string;
  /** The role of the database that reads it. */
  readonly reader: string;
}

/**
 * Drops an external schema, which holds nothing itself, and creates it as it is declared now.
 *
 * @see https://docs.aws.amazon.com/redshift/latest/dg/r_CREATE_EXTERNAL_SCHEMA.html (not read, never run on AWS)
 */
export function externalSchemaStatements({ name, catalogDatabase, roleArn, reader }: ExternalSchema): Statement[] {
  const schema = identifier(name);
  return [
    { sql: `DROP SCHEMA IF EXISTS ${schema}` },
    {
      sql: `CREATE EXTERNAL SCHEMA ${schema} FROM DATA CATALOG DATABASE ${literal(catalogDatabase)} IAM_ROLE ${literal(roleArn)}`,
    },
    { sql: `GRANT USAGE ON SCHEMA ${schema} TO ROLE ${identifier(reader)}` },
  ];
}

/** Creates a login, makes it a member of its role, and has what it will create read by the readers of the schema. */
export function loginStatements(login: Login, schemas: readonly SchemaAccess[]): Statement[] {
  const user = identifier(login.userName);
  const password = login.password === undefined ? 'PASSWORD DISABLE' : `PASSWORD '${login.password}'`;
  return [
    { sql: `CREATE USER ${user} ${password}`, tolerated: EXISTS },
    ...(login.password === undefined ? [] : [{ sql: `ALTER USER ${user} ${password}` }]),
    { sql: `GRANT ROLE ${identifier(login.role)} TO ${user}` },
    ...defaultPrivileges(login, schemas, (privilege) => `GRANT ${privilege.rights} TO ROLE ${privilege.reader}`),
  ];
}

/**
 * Takes a login out of its role. The user itself goes only when it owns nothing; what it owns stays in use, and nobody
 * logs in as it any more.
 */
export function removeLoginStatements(login: Login, schemas: readonly SchemaAccess[]): Statement[] {
  const user = identifier(login.userName);
  return [
    ...defaultPrivileges(login, schemas, (privilege) => `REVOKE ${privilege.rights} FROM ROLE ${privilege.reader}`).map(
      ({ sql }) => ({ sql, tolerated: GONE }),
    ),
    { sql: `REVOKE ROLE ${identifier(login.role)} FROM ${user}`, tolerated: GONE },
    { sql: `DROP USER IF EXISTS ${user}`, tolerated: /cannot be dropped/i },
  ];
}

/** An identifier in quotes, so that no name is ever read as SQL. */
export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

function defaultPrivileges(
  { userName, role }: Login,
  schemas: readonly SchemaAccess[],
  phrase: (privilege: { rights: string; reader: string }) => string,
): Statement[] {
  return schemas
    .filter(({ Writer }) => Writer === role)
    .flatMap(({ Name, Readers = [] }) =>
      Readers.map((reader) => {
        const change = phrase({ rights: 'SELECT ON TABLES', reader: identifier(reader) });
        return {
          sql: `ALTER DEFAULT PRIVILEGES FOR USER ${identifier(userName)} IN SCHEMA ${identifier(Name)} ${change}`,
        };
      }),
    );
}
