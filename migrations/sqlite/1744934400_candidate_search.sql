-- The words of requirement candidates, so that likely duplicates are found
-- among thousands. An index that triggers keep: it holds no text, and what it
-- is made of stays in requirement_candidates.

-- The full text index numbers its rows; a candidate's own row number may
-- change when the file is compacted.
CREATE TABLE candidate_search_rows (
  number INTEGER NOT NULL PRIMARY KEY,
  candidate_id BLOB NOT NULL UNIQUE
) STRICT;

-- The hub is a word too, so that one hub's candidates are found by the index.
CREATE VIRTUAL TABLE candidate_search USING fts5 (hub, title, body, content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 0');
-- How many candidates have a word.
CREATE VIRTUAL TABLE candidate_search_words USING fts5vocab (candidate_search, 'row');

CREATE TRIGGER candidate_search_insert AFTER INSERT ON requirement_candidates BEGIN
  INSERT INTO candidate_search_rows (candidate_id) VALUES (new.id);
  INSERT INTO candidate_search (rowid, hub, title, body)
    SELECT number, lower(hex(new.hub_id)), new.title, substr(new.body, 1, 50000) FROM candidate_search_rows WHERE candidate_id = new.id;
END;
CREATE TRIGGER candidate_search_update AFTER UPDATE OF hub_id, title, body ON requirement_candidates BEGIN
  DELETE FROM candidate_search WHERE rowid = (SELECT number FROM candidate_search_rows WHERE candidate_id = new.id);
  INSERT INTO candidate_search (rowid, hub, title, body)
    SELECT number, lower(hex(new.hub_id)), new.title, substr(new.body, 1, 50000) FROM candidate_search_rows WHERE candidate_id = new.id;
END;
CREATE TRIGGER candidate_search_delete AFTER DELETE ON requirement_candidates BEGIN
  DELETE FROM candidate_search WHERE rowid = (SELECT number FROM candidate_search_rows WHERE candidate_id = old.id);
  DELETE FROM candidate_search_rows WHERE candidate_id = old.id;
END;

INSERT INTO candidate_search_rows (candidate_id) SELECT id FROM requirement_candidates ORDER BY id;
INSERT INTO candidate_search (rowid, hub, title, body)
  SELECT r.number, lower(hex(c.hub_id)), c.title, substr(c.body, 1, 50000)
  FROM candidate_search_rows r JOIN requirement_candidates c ON c.id = r.candidate_id;
