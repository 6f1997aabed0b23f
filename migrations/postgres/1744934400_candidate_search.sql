-- The words of requirement candidates, so that likely duplicates are found
-- among thousands. An index that triggers keep: what it is made of stays in
-- requirement_candidates. 'simple' knows no language. A vector holds at most
-- 1 MB: a longer text is cut.

CREATE TABLE candidate_search (
  candidate_id UUID NOT NULL PRIMARY KEY,
  hub_id UUID NOT NULL,
  words TSVECTOR NOT NULL
);
CREATE INDEX candidate_search_words ON candidate_search USING GIN (words) WITH (fastupdate = off);

CREATE FUNCTION index_candidate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO candidate_search (candidate_id, hub_id, words)
    VALUES (NEW.id, NEW.hub_id, to_tsvector('simple', left(NEW.title || ' ' || NEW.body, 50000)))
    ON CONFLICT (candidate_id) DO UPDATE SET hub_id = excluded.hub_id, words = excluded.words;
  RETURN NULL;
END
$$;
CREATE FUNCTION forget_candidate() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM candidate_search WHERE candidate_id = OLD.id;
  RETURN NULL;
END
$$;
CREATE TRIGGER candidate_search_write AFTER INSERT OR UPDATE OF hub_id, title, body ON requirement_candidates
  FOR EACH ROW EXECUTE FUNCTION index_candidate();
CREATE TRIGGER candidate_search_delete AFTER DELETE ON requirement_candidates
  FOR EACH ROW EXECUTE FUNCTION forget_candidate();

INSERT INTO candidate_search (candidate_id, hub_id, words)
  SELECT id, hub_id, to_tsvector('simple', left(title || ' ' || body, 50000)) FROM requirement_candidates;
