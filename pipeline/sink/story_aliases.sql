-- Stories that turned out to be one: ids they had, with the ids they go by now. articles.story_id is the present id;
-- the column `record` keeps the one that the article was given.
CREATE TABLE story_aliases (alias TEXT PRIMARY KEY, story_id TEXT NOT NULL) WITHOUT ROWID;
CREATE INDEX story_aliases_by_story ON story_aliases (story_id);
