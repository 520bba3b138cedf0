-- The PostgreSQL sink, schema version 1. Names of tables, views and columns are those of the SQLite sink; times
-- are timestamptz, lists are arrays. Months of event_time (UTC) are partitions: articles_2025_11, mentions_2025_11.

CREATE TABLE offsets (
  topic text NOT NULL,
  partition integer NOT NULL,
  next_offset bigint NOT NULL,
  stored_at timestamptz NOT NULL,
  PRIMARY KEY (topic, partition)
);
COMMENT ON TABLE offsets IS 'What is stored of each partition of the log; written in the transaction of the rows.';

-- A partitioned table can only be unique within a partition, so this one says where each revision is: its row
-- moves to another month with a corrected event_time, and stays the only one.
CREATE SEQUENCE article_ids;
CREATE TABLE revisions (
  article_id text NOT NULL,
  revision bigint NOT NULL,
  id bigint NOT NULL,
  event_time timestamptz NOT NULL,
  latest boolean NOT NULL,
  PRIMARY KEY (article_id, revision)
);
COMMENT ON TABLE revisions IS 'One row per article revision: its id and the month that holds it.';

CREATE TABLE articles (
  id bigint NOT NULL,
  article_id text NOT NULL,
  revision bigint NOT NULL,
  latest boolean NOT NULL,
  lane text NOT NULL,
  outlet text NOT NULL,
  event_time timestamptz NOT NULL,
  published timestamptz,
  published_certain boolean,
  fetched timestamptz,
  language text NOT NULL,
  language_confidence double precision,
  script text,
  language_method text,
  story_id text,
  story_score double precision,
  story_runner_up text,
  story_runner_up_score double precision,
  duplicate_of text,
  duplicate_kind text,
  duplicate_score double precision,
  title text NOT NULL,
  url text,
  canonical_url text,
  source_id text,
  feed_id text,
  authors text[] NOT NULL,
  dateline text,
  credit text,
  trace_id text,
  raw_topic text,
  raw_partition bigint,
  raw_offset bigint,
  appended_at timestamptz NOT NULL,
  stored_at timestamptz NOT NULL,
  summary text NOT NULL,
  text text NOT NULL,
  record json NOT NULL,
  words tsvector,
  PRIMARY KEY (id, event_time),
  UNIQUE (article_id, revision, event_time)
) PARTITION BY RANGE (event_time);
COMMENT ON TABLE articles IS 'One row per article revision; latest marks the newest of each article.';
COMMENT ON COLUMN articles.record IS 'The topic''s JSON as it was, but title, summary and text are null where their '
  'columns hold them.';
COMMENT ON COLUMN articles.words IS 'Folded words for search: A title, B text, D without particles and as typed.';
CREATE INDEX articles_by_words ON articles USING gin (words) WHERE latest;
CREATE INDEX articles_by_time ON articles (event_time) WHERE latest;
CREATE INDEX articles_by_story ON articles (story_id, event_time) WHERE latest AND story_id IS NOT NULL;
CREATE INDEX articles_by_outlet ON articles (outlet, event_time) WHERE latest;
CREATE INDEX articles_duplicates ON articles (duplicate_of) WHERE latest AND duplicate_of IS NOT NULL;

CREATE TABLE entities (
  entity_id text PRIMARY KEY,
  kind text NOT NULL,
  name text NOT NULL,
  wikidata text
);

CREATE TABLE mentions (
  article bigint NOT NULL,
  entity_id text NOT NULL,
  event_time timestamptz NOT NULL,
  latest boolean NOT NULL,
  day date NOT NULL,
  outlet text NOT NULL,
  salience double precision NOT NULL,
  mentions json NOT NULL,
  PRIMARY KEY (article, entity_id, event_time)
) PARTITION BY RANGE (event_time);
COMMENT ON TABLE mentions IS 'One row per article revision and entity; article is articles.id.';
CREATE INDEX mentions_by_entity ON mentions (entity_id, day) INCLUDE (outlet, salience) WHERE latest;
CREATE INDEX mentions_by_day ON mentions USING brin (day) WITH (pages_per_range = 16);

CREATE TABLE alerts (
  alert_id text PRIMARY KEY,
  kind text NOT NULL,
  topic text NOT NULL,
  topic_id text NOT NULL,
  event text NOT NULL,
  started_at timestamptz NOT NULL,
  score double precision,
  observed double precision,
  expected double precision,
  outlets text[] NOT NULL,
  languages text[] NOT NULL,
  articles text[] NOT NULL,
  appended_at timestamptz NOT NULL,
  stored_at timestamptz NOT NULL,
  record json NOT NULL
);
CREATE INDEX alerts_by_time ON alerts (started_at);

CREATE TABLE dead_letters (
  raw_topic text NOT NULL,
  raw_partition bigint NOT NULL,
  raw_offset bigint NOT NULL,
  trace_id text,
  stage text NOT NULL,
  reason text NOT NULL,
  explanation text NOT NULL,
  trace text NOT NULL,
  at timestamptz,
  appended_at timestamptz NOT NULL,
  stored_at timestamptz NOT NULL,
  payload bytea NOT NULL,
  PRIMARY KEY (raw_topic, raw_partition, raw_offset)
);

CREATE TABLE sources (
  feed_id text PRIMARY KEY,
  outlet text,
  url text,
  title text,
  status text,
  reason text,
  explanation text,
  warning text,
  failures bigint,
  at timestamptz,
  ok_at timestamptz,
  next_attempt timestamptz,
  appended_at timestamptz NOT NULL,
  stored_at timestamptz NOT NULL,
  record json NOT NULL
);
COMMENT ON TABLE sources IS 'The newest health report of each feed.';

CREATE TABLE unreadable (
  topic text NOT NULL,
  partition integer NOT NULL,
  "offset" bigint NOT NULL,
  reason text NOT NULL,
  explanation text NOT NULL,
  appended_at timestamptz,
  stored_at timestamptz NOT NULL,
  payload bytea,
  PRIMARY KEY (topic, partition, "offset")
);
COMMENT ON TABLE unreadable IS 'Records that no table could take, with their bytes, and offsets that left the log unread.';

CREATE VIEW latest_articles AS
SELECT id, article_id, revision, lane, outlet, event_time, published, published_certain, fetched, language,
  language_confidence, script, story_id, story_score, duplicate_of, duplicate_kind, duplicate_score,
  title, url, canonical_url, source_id, feed_id, authors, dateline, credit, trace_id,
  raw_topic, raw_partition, raw_offset, appended_at, stored_at, summary, text
FROM articles WHERE latest;

-- The headline is the title of the earliest article that repeats no other.
CREATE VIEW stories AS
SELECT story_id,
  min(event_time) AS first_event_time,
  max(event_time) AS last_event_time,
  count(*) AS articles,
  count(DISTINCT outlet) AS outlets,
  count(DISTINCT language) AS languages,
  string_agg(DISTINCT language, ',') AS language_codes,
  (array_agg(title ORDER BY duplicate_kind IS NOT NULL, event_time, title COLLATE "C"))[1] AS headline,
  count(duplicate_kind) AS duplicates
FROM articles WHERE latest AND story_id IS NOT NULL
GROUP BY story_id;

CREATE VIEW story_timeline AS
SELECT story_id,
  row_number() OVER (PARTITION BY story_id ORDER BY event_time, id) AS position,
  event_time,
  (extract(epoch FROM event_time - min(event_time) OVER (PARTITION BY story_id)) / 60)::bigint AS minutes_after_first,
  outlet, language, title, duplicate_kind, id AS article
FROM articles WHERE latest AND story_id IS NOT NULL;

CREATE VIEW entities_per_day AS
SELECT day, entity_id, name, kind, wikidata, articles_about, articles_mentioning, outlets
FROM (
  SELECT day, entity_id, count(*) FILTER (WHERE salience >= 0.5) AS articles_about, count(*) AS articles_mentioning,
    count(DISTINCT outlet) AS outlets
  FROM mentions WHERE latest GROUP BY day, entity_id
) AS counted JOIN entities USING (entity_id);

CREATE VIEW outlets AS
SELECT outlet,
  count(*) AS articles,
  count(duplicate_kind) AS duplicates,
  round(1.0 * count(duplicate_kind) / count(*), 4) AS duplicates_share,
  count(DISTINCT story_id) AS stories,
  count(DISTINCT language) AS languages,
  string_agg(DISTINCT language, ',') AS language_codes,
  max(event_time) AS last_event_time
FROM articles WHERE latest GROUP BY outlet;

CREATE VIEW duplicates AS
SELECT copy.duplicate_kind AS kind, copy.duplicate_score AS score,
  copy.event_time, copy.outlet, copy.title, copy.article_id,
  original.event_time AS original_event_time, original.outlet AS original_outlet,
  original.title AS original_title, copy.duplicate_of AS original_article_id
FROM articles AS copy
LEFT JOIN articles AS original ON original.article_id = copy.duplicate_of AND original.latest
WHERE copy.latest AND copy.duplicate_of IS NOT NULL;

CREATE VIEW article_entities AS
SELECT articles.article_id, articles.revision, mentions.entity_id, entities.kind, entities.name,
  entities.wikidata, mentions.salience, mentions.mentions, mentions.latest
FROM mentions JOIN entities USING (entity_id)
JOIN articles ON articles.id = mentions.article AND articles.event_time = mentions.event_time;

-- SELECT drop_before('2025-01-01') gives whole months back to the disk at once; says which tables went.
CREATE FUNCTION drop_before(day date) RETURNS SETOF text LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE
  found record;
BEGIN
  IF day <> date_trunc('month', day) THEN
    RAISE EXCEPTION 'months are dropped whole: give the first day of a month, not %', day;
  END IF;
  FOR found IN
    SELECT part.relname AS name, part.oid::regclass AS qualified FROM pg_inherits
    JOIN pg_class AS part ON part.oid = inhrelid
    WHERE inhparent IN ('articles'::regclass, 'mentions'::regclass)
      AND part.relname ~ '^(articles|mentions)_[0-9]{4}_[0-9]{2}$'
      AND to_date(right(part.relname, 7), 'YYYY_MM') < day
    ORDER BY 1
  LOOP
    EXECUTE 'DROP TABLE ' || found.qualified;
    RETURN NEXT found.name;
  END LOOP;
  DELETE FROM revisions WHERE event_time < (day::timestamp AT TIME ZONE 'UTC');
END $$;
