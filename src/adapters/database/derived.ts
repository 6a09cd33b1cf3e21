import type { Dialect } from './connection.ts'
import { SPAN } from './entry-times.ts'

/**
 * What can be made again from the tables: indexes, the substring search and the marks. `rebuild` drops it first,
 * all but what the fold itself asks by. One that changes gets a new name, and the migration drops the old.
 */
export function createDerived(dialect: Dialect): readonly string[] {
  return [...[...FOLD_INDEXES, ...READ_INDEXES].map(createIndex), ...FILL_TIMES, ...SEARCH[dialect].create]
}

export function dropDerived(dialect: Dialect): readonly string[] {
  return [...READ_INDEXES.map((index) => `DROP INDEX IF EXISTS ${index.name}`), ...SEARCH[dialect].drop]
}

interface Index {
  readonly name: string
  readonly on: string
  readonly where?: string
}

const HOLDS = 'to_index IS NULL'
const ENDED = 'to_index IS NOT NULL'

const FOLD_INDEXES: readonly Index[] = [
  { name: 'document_by_place', on: 'document (place, name)', where: `${HOLDS} AND place IS NOT NULL` },
  { name: 'document_by_system', on: 'document (system, name)', where: `${HOLDS} AND system IS NOT NULL` },
  { name: 'place_term_by_id', on: 'place_term (id)' },
  { name: 'sighting_by_place', on: 'sighting (place, source, key)', where: HOLDS },
  { name: 'port_by_place', on: 'port (place, id)', where: HOLDS },
  { name: 'finding_by_place', on: 'finding (place, gravity, fingerprint)', where: HOLDS },
]

const READ_INDEXES: readonly Index[] = [
  { name: 'entry_by_type', on: 'entry (type, idx)' },
  { name: 'document_ever_at', on: 'document (place, from_index)', where: 'place IS NOT NULL' },
  { name: 'coverage_by_place', on: 'coverage (place, until_at)' },
  { name: 'coverage_by_time', on: 'coverage (until_at)' },
  { name: 'port_by_owner', on: 'port (owner, id)', where: HOLDS },
  { name: 'port_by_system', on: 'port (system, id)', where: HOLDS },
  { name: 'port_by_record', on: 'port (record, id)', where: HOLDS },
  { name: 'port_by_observed', on: 'port (observed, id)', where: HOLDS },
  { name: 'port_by_documented', on: 'port (documented, id)', where: HOLDS },
  { name: 'port_by_transport', on: 'port (transport, id)', where: HOLDS },
  // The transport behind the id: a page of one number in one transport is a walk of this index alone.
  { name: 'port_by_number', on: 'port (port, id, transport)', where: HOLDS },
  { name: 'port_by_since', on: 'port (since_at, id)', where: HOLDS },
  { name: 'port_by_severity', on: 'port (severity, id)', where: HOLDS },
  { name: 'finding_by_gravity', on: 'finding (gravity, fingerprint)', where: HOLDS },
  { name: 'finding_by_rule', on: 'finding (rule, gravity, fingerprint)', where: HOLDS },
  { name: 'finding_by_port', on: 'finding (port, gravity, fingerprint)', where: HOLDS },
  { name: 'finding_by_record', on: 'finding (record, gravity, fingerprint)', where: HOLDS },
  // For questions of an earlier moment: `rowsAt`.
  { name: 'port_ended_at', on: 'port (place, id)', where: ENDED },
  { name: 'port_ended_of_owner', on: 'port (owner, id)', where: ENDED },
  { name: 'port_ended_of_system', on: 'port (system, id)', where: ENDED },
  { name: 'port_ended_of_record', on: 'port (record, id)', where: ENDED },
  { name: 'finding_ended_at', on: 'finding (place, gravity, fingerprint)', where: ENDED },
  { name: 'finding_ended_on_port', on: 'finding (port, gravity, fingerprint)', where: ENDED },
  { name: 'finding_ended_of_record', on: 'finding (record, gravity, fingerprint)', where: ENDED },
]

const FILL_TIMES = [
  'DELETE FROM entry_time',
  `INSERT INTO entry_time (idx, latest, earliest)
  SELECT idx + 1, latest, earliest FROM (SELECT idx, max(at) OVER (ORDER BY idx) AS latest,
    min(at) OVER (PARTITION BY idx / ${SPAN}) AS earliest FROM entry) AS timed WHERE idx % ${SPAN} = ${SPAN - 1}`,
]

function createIndex({ name, on, where }: Index): string {
  return `CREATE INDEX IF NOT EXISTS ${name} ON ${on}${where ? ` WHERE ${where}` : ''}`
}

const LEAVE = `DELETE FROM port_text WHERE rowid = old.row;
  DELETE FROM port_mark WHERE id = old.id AND mark IN (SELECT value FROM json_each(old.marks));`
const ENTER = `INSERT INTO port_text (rowid, search) VALUES (new.row, new.search);
  INSERT INTO port_mark (mark, id) SELECT value, new.id FROM json_each(new.marks);`
const HELD = `old.${HOLDS}`
const NOW_HOLDS = `new.${HOLDS}`

const SEARCH: Record<Dialect, { readonly create: readonly string[]; readonly drop: readonly string[] }> = {
  sqlite: {
    // The search text is folded before it gets here. `detail = none` keeps no positions: a third of the size, and
    // who asks compares the text itself afterwards.
    create: [
      `CREATE INDEX port_by_text ON port (id, search) WHERE ${HOLDS}`,
      `CREATE VIRTUAL TABLE port_text USING fts5 (search, content = '', contentless_delete = 1, detail = none,
         tokenize = "trigram case_sensitive 1")`,
      `INSERT INTO port_text (rowid, search) SELECT row, search FROM port WHERE ${HOLDS}`,
      `INSERT INTO port_mark (mark, id) SELECT value, port.id FROM port, json_each(port.marks) WHERE ${HOLDS} ORDER BY 1, 2`,
      `CREATE TRIGGER port_inserted AFTER INSERT ON port WHEN ${NOW_HOLDS} BEGIN ${ENTER} END`,
      `CREATE TRIGGER port_ended AFTER UPDATE ON port WHEN ${HELD} AND new.to_index IS NOT NULL BEGIN ${LEAVE} END`,
      `CREATE TRIGGER port_replaced AFTER UPDATE ON port WHEN ${HELD} AND ${NOW_HOLDS} BEGIN ${LEAVE} ${ENTER} END`,
      `CREATE TRIGGER port_resumed AFTER UPDATE ON port WHEN old.to_index IS NOT NULL AND ${NOW_HOLDS} BEGIN ${ENTER} END`,
      `CREATE TRIGGER port_deleted AFTER DELETE ON port WHEN ${HELD} BEGIN ${LEAVE} END`,
    ],
    drop: [
      'DROP INDEX IF EXISTS port_by_text',
      'DROP TRIGGER IF EXISTS port_inserted',
      'DROP TRIGGER IF EXISTS port_ended',
      'DROP TRIGGER IF EXISTS port_replaced',
      'DROP TRIGGER IF EXISTS port_resumed',
      'DROP TRIGGER IF EXISTS port_deleted',
      'DROP TABLE IF EXISTS port_text',
      'DELETE FROM port_mark',
    ],
  },
  postgres: {
    create: [
      `CREATE UNIQUE INDEX IF NOT EXISTS port_by_id ON port (id) WHERE ${HOLDS}`,
      // Without the extension, or the right to create it, substring search reads every row that holds.
      `DO $$ BEGIN
         CREATE EXTENSION IF NOT EXISTS pg_trgm;
         CREATE INDEX IF NOT EXISTS port_by_text ON port USING gin (search gin_trgm_ops) WHERE ${HOLDS};
       EXCEPTION WHEN insufficient_privilege OR undefined_file OR feature_not_supported OR undefined_object THEN NULL;
       END $$`,
      `INSERT INTO port_mark (mark, id)
         SELECT m.value, id FROM port CROSS JOIN jsonb_array_elements_text(marks::jsonb) AS m WHERE ${HOLDS}`,
      `CREATE OR REPLACE FUNCTION port_marks() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
         IF TG_OP = 'UPDATE' AND OLD.to_index IS NULL AND OLD.marks <> '[]' THEN
           DELETE FROM port_mark WHERE id = OLD.id
             AND mark IN (SELECT jsonb_array_elements_text(OLD.marks::jsonb));
         END IF;
         IF NEW.to_index IS NULL AND NEW.marks <> '[]' THEN
           INSERT INTO port_mark (mark, id) SELECT m.value, NEW.id FROM jsonb_array_elements_text(NEW.marks::jsonb) AS m;
         END IF;
         RETURN NULL;
       END $$`,
      `CREATE OR REPLACE TRIGGER port_search AFTER INSERT OR UPDATE ON port
         FOR EACH ROW EXECUTE FUNCTION port_marks()`,
    ],
    drop: [
      'DROP INDEX IF EXISTS port_by_id',
      'DROP INDEX IF EXISTS port_by_text',
      'DROP TRIGGER IF EXISTS port_search ON port',
      'DROP FUNCTION IF EXISTS port_marks',
      'DELETE FROM port_mark',
    ],
  },
}
