-- Version 2: stories that turned out to be one. articles.story_id is the present id; the record keeps the one given.
CREATE TABLE story_aliases (
  alias text PRIMARY KEY,
  story_id text NOT NULL
);
COMMENT ON TABLE story_aliases IS 'Ids that stories had before they were merged, with the ids they go by now.';
CREATE INDEX story_aliases_by_story ON story_aliases (story_id);
