-- The SQLite sink, schema version 1. Times are ISO 8601 text in UTC, lists are JSON text.
-- Every table, view and full-text MATCH works in plain SQLite (3.31 or newer), without functions of ours.

CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

-- What the sink has stored of each partition; written in the transaction that stores the rows.
CREATE TABLE offsets (
  topic TEXT NOT NULL,
  partition INTEGER NOT NULL,
  next_offset INTEGER NOT NULL,
  stored_at TEXT NOT NULL,
  PRIMARY KEY (topic, partition)
) WITHOUT ROWID;

-- `id` is a declared key because VACUUM may renumber hidden ones, and the full-text index points at it.
-- `record` is the topic's JSON with title, summary and text set to null (they stand in their columns):
-- export puts them back. The long columns come last, so that reading the short ones stays cheap.
CREATE TABLE articles (
  id INTEGER PRIMARY KEY,
  article_id TEXT NOT NULL,
  revision INTEGER NOT NULL,
  latest INTEGER NOT NULL,
  lane TEXT NOT NULL,
  outlet TEXT NOT NULL,
  event_time TEXT NOT NULL,
  published TEXT,
  published_certain INTEGER,
  fetched TEXT,
  language TEXT NOT NULL,
  language_confidence REAL,
  script TEXT,
  language_method TEXT,
  story_id TEXT,
  story_score REAL,
  story_runner_up TEXT,
  story_runner_up_score REAL,
  duplicate_of TEXT,
  duplicate_kind TEXT,
  duplicate_score REAL,
  title TEXT NOT NULL,
  url TEXT,
  canonical_url TEXT,
  source_id TEXT,
  feed_id TEXT,
  authors TEXT NOT NULL,
  dateline TEXT,
  credit TEXT,
  trace_id TEXT,
  raw_topic TEXT,
  raw_partition INTEGER,
  raw_offset INTEGER,
  appended_at TEXT NOT NULL,
  stored_at TEXT NOT NULL,
  summary TEXT NOT NULL,
  text TEXT NOT NULL,
  record TEXT NOT NULL,
  UNIQUE (article_id, revision)
);
-- Covering indices: the views below never touch the long rows to count.
CREATE INDEX articles_by_story ON articles
  (story_id, event_time, outlet, language, duplicate_kind, title) WHERE latest = 1 AND story_id IS NOT NULL;
CREATE INDEX articles_by_outlet ON articles
  (outlet, event_time, duplicate_kind, story_id, language) WHERE latest = 1;
CREATE INDEX articles_by_time ON articles (event_time) WHERE latest = 1;
CREATE INDEX articles_duplicates ON articles (duplicate_of, event_time) WHERE latest = 1 AND duplicate_of IS NOT NULL;

CREATE TABLE entities (
  entity_id TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  wikidata TEXT
) WITHOUT ROWID;

-- One row per article revision and entity. `day`, `outlet` and `latest` repeat the article's,
-- so that counting by day reads one index.
CREATE TABLE mentions (
  article INTEGER NOT NULL REFERENCES articles (id),
  entity_id TEXT NOT NULL REFERENCES entities (entity_id),
  latest INTEGER NOT NULL,
  day TEXT NOT NULL,
  outlet TEXT NOT NULL,
  salience REAL NOT NULL,
  mentions TEXT NOT NULL,
  PRIMARY KEY (article, entity_id)
) WITHOUT ROWID;
CREATE INDEX mentions_by_day ON mentions (day, entity_id, outlet, salience) WHERE latest = 1;
CREATE INDEX mentions_by_entity ON mentions (entity_id, day, outlet, salience) WHERE latest = 1;

CREATE TABLE alerts (
  alert_id TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  topic TEXT NOT NULL,
  topic_id TEXT NOT NULL,
  event TEXT NOT NULL,
  started_at TEXT NOT NULL,
  score REAL,
  observed INTEGER,
  expected REAL,
  outlets TEXT NOT NULL,
  languages TEXT NOT NULL,
  articles TEXT NOT NULL,
  appended_at TEXT NOT NULL,
  stored_at TEXT NOT NULL,
  record TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX alerts_by_time ON alerts (started_at);

CREATE TABLE dead_letters (
  raw_topic TEXT NOT NULL,
  raw_partition INTEGER NOT NULL,
  raw_offset INTEGER NOT NULL,
  trace_id TEXT,
  stage TEXT NOT NULL,
  reason TEXT NOT NULL,
  explanation TEXT NOT NULL,
  trace TEXT NOT NULL,
  at TEXT,
  appended_at TEXT NOT NULL,
  stored_at TEXT NOT NULL,
  payload BLOB NOT NULL,
  PRIMARY KEY (raw_topic, raw_partition, raw_offset)
);
CREATE INDEX dead_letters_by_reason ON dead_letters (stage, reason);

-- The newest health report of each feed.
CREATE TABLE sources (
  feed_id TEXT PRIMARY KEY,
  outlet TEXT,
  url TEXT,
  title TEXT,
  status TEXT,
  reason TEXT,
  explanation TEXT,
  warning TEXT,
  failures INTEGER,
  at TEXT,
  ok_at TEXT,
  next_attempt TEXT,
  appended_at TEXT NOT NULL,
  stored_at TEXT NOT NULL,
  record TEXT NOT NULL
) WITHOUT ROWID;

-- Records of the topics above that this sink could not use, and offsets that left the log unread.
CREATE TABLE unreadable (
  topic TEXT NOT NULL,
  partition INTEGER NOT NULL,
  "offset" INTEGER NOT NULL,
  reason TEXT NOT NULL,
  explanation TEXT NOT NULL,
  appended_at TEXT,
  stored_at TEXT NOT NULL,
  payload BLOB,
  PRIMARY KEY (topic, partition, "offset")
);

-- Folded words of the latest revisions; rowid is articles.id. Without a copy of the text (content=''),
-- so deleting needs the words that were put in: pipeline/sink/full_text.py makes them again.
-- `forms`: words without attached particles, and spellings as published where folding changed them.
-- The comment makes Datasette show its search box on the articles table.
CREATE VIRTUAL TABLE articles_fts USING fts5(
  title, text, forms, content='', tokenize='unicode61 remove_diacritics 2'
  /* content="articles" */);
INSERT INTO articles_fts (articles_fts, rank) VALUES ('hashsize', 16777216);
INSERT INTO articles_fts (articles_fts, rank) VALUES ('rank', 'bm25(4.0, 1.0, 0.4)');

CREATE VIEW latest_articles AS
SELECT id, article_id, revision, lane, outlet, event_time, published, published_certain, fetched, language,
  language_confidence, script, story_id, story_score, duplicate_of, duplicate_kind, duplicate_score,
  title, url, canonical_url, source_id, feed_id, authors, dateline, credit, trace_id,
  raw_topic, raw_partition, raw_offset, appended_at, stored_at, summary, text
FROM articles WHERE latest = 1;

-- The headline is the title of the earliest article that repeats no other: the smallest text of one digit
-- (0 for originals), the time (always 20 characters) and the title, without the first two.
CREATE VIEW stories AS
SELECT story_id,
  min(event_time) AS first_event_time,
  max(event_time) AS last_event_time,
  count(*) AS articles,
  count(DISTINCT outlet) AS outlets,
  count(DISTINCT language) AS languages,
  group_concat(DISTINCT language) AS language_codes,
  substr(min((duplicate_kind IS NOT NULL) || event_time || title), 22) AS headline,
  count(duplicate_kind) AS duplicates
FROM articles WHERE latest = 1 AND story_id IS NOT NULL
GROUP BY story_id;

CREATE VIEW story_timeline AS
SELECT story_id,
  row_number() OVER (PARTITION BY story_id ORDER BY event_time, id) AS position,
  event_time,
  (strftime('%s', event_time) - strftime('%s', min(event_time) OVER (PARTITION BY story_id))) / 60 AS minutes_after_first,
  outlet, language, title, duplicate_kind, id AS article
FROM articles WHERE latest = 1 AND story_id IS NOT NULL;

CREATE VIEW entities_per_day AS
SELECT day, entity_id, name, kind, wikidata, articles_about, articles_mentioning, outlets
FROM (
  SELECT day, entity_id, sum(salience >= 0.5) AS articles_about, count(*) AS articles_mentioning,
    count(DISTINCT outlet) AS outlets
  FROM mentions WHERE latest = 1 GROUP BY day, entity_id
) JOIN entities USING (entity_id);

CREATE VIEW outlets AS
SELECT outlet,
  count(*) AS articles,
  count(duplicate_kind) AS duplicates,
  round(1.0 * count(duplicate_kind) / count(*), 4) AS duplicates_share,
  count(DISTINCT story_id) AS stories,
  count(DISTINCT language) AS languages,
  group_concat(DISTINCT language) AS language_codes,
  max(event_time) AS last_event_time
FROM articles WHERE latest = 1 GROUP BY outlet;

CREATE VIEW duplicates AS
SELECT copy.duplicate_kind AS kind, copy.duplicate_score AS score,
  copy.event_time, copy.outlet, copy.title, copy.article_id,
  original.event_time AS original_event_time, original.outlet AS original_outlet,
  original.title AS original_title, copy.duplicate_of AS original_article_id
FROM articles AS copy
LEFT JOIN articles AS original ON original.article_id = copy.duplicate_of AND original.latest = 1
WHERE copy.latest = 1 AND copy.duplicate_of IS NOT NULL;

CREATE VIEW article_entities AS
SELECT articles.article_id, articles.revision, mentions.entity_id, entities.kind, entities.name,
  entities.wikidata, mentions.salience, mentions.mentions, mentions.latest
FROM mentions JOIN entities USING (entity_id) JOIN articles ON articles.id = mentions.article;
