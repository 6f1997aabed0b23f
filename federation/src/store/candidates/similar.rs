//! Likely duplicates among thousands of candidates, by the words they share.

use model::{Candidate, CandidateId, HubId};
use sqlx::{PgPool, SqlitePool, types::Json};

use super::super::{Db, Result, Store};

/// Characters of the text that are read.
const MOST_CHARS: usize = 60_000;
/// Words of the text that are looked up: the first ones, which are the title's,
/// and the longest of the others.
const FIRST_WORDS: usize = 16;
const MOST_WORDS: usize = 48;
/// Words that are searched: those that the fewest candidates have.
const TELLING_WORDS: i64 = 24;
/// Fewest and most characters of a word that tells something.
const WORD_CHARS: std::ops::RangeInclusive<usize> = 3..=64;

impl Store {
    /// At most `limit` candidates of the hub that share the most telling words
    /// with `text`, the likest first. Archived ones and duplicates are left
    /// out, and so is `not`. Any text will do; one without words finds nothing.
    pub async fn similar_candidates(
        &self,
        hub: HubId,
        not: CandidateId,
        text: &str,
        limit: i64,
    ) -> Result<Vec<Candidate>> {
        let words = words(text);
        if words.is_empty() || limit < 1 {
            return Ok(Vec::new());
        }
        match self.db() {
            Db::Sqlite { read, .. } => similar_sqlite(read, hub, not, &words, limit).await,
            Db::Postgres(pool) => similar_postgres(pool, hub, not, &words, limit).await,
        }
    }
}

async fn similar_sqlite(
    pool: &SqlitePool,
    hub: HubId,
    not: CandidateId,
    words: &[String],
    limit: i64,
) -> Result<Vec<Candidate>> {
    let telling: Vec<String> = sqlx::query_scalar(
        "SELECT v.term FROM json_each($1) w CROSS JOIN candidate_search_words v ON v.term = w.value \
         ORDER BY v.doc, v.term LIMIT $2",
    )
    .bind(Json(words))
    .bind(TELLING_WORDS)
    .fetch_all(pool)
    .await?;
    if telling.is_empty() {
        return Ok(Vec::new());
    }
    Ok(sqlx::query_as::<_, Candidate>(
        "SELECT c.* FROM candidate_search JOIN candidate_search_rows r ON r.number = candidate_search.rowid \
         JOIN requirement_candidates c ON c.id = r.candidate_id \
         WHERE candidate_search MATCH $1 AND c.id <> $2 AND c.status NOT IN ('archived', 'duplicate') \
         ORDER BY bm25(candidate_search, 0.0, 2.0, 1.0), c.id DESC LIMIT $3",
    )
    .bind(matching(hub, &telling))
    .bind(not)
    .bind(limit)
    .fetch_all(pool)
    .await?)
}

/// What FTS5 is asked for. Words hold letters and digits only, so that none
/// is an operator.
fn matching(hub: HubId, words: &[String]) -> String {
    let words: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
    format!(
        "hub : \"{}\" AND {{title body}} : ({})",
        hub.0.simple(),
        words.join(" OR ")
    )
}

async fn similar_postgres(
    pool: &PgPool,
    hub: HubId,
    not: CandidateId,
    words: &[String],
    limit: i64,
) -> Result<Vec<Candidate>> {
    // A word counts the more, the fewer candidates have it.
    Ok(sqlx::query_as::<_, Candidate>(
        "WITH word AS MATERIALIZED (SELECT w.word, plainto_tsquery('simple', w.word) AS query, \
          (SELECT count(*) FROM candidate_search s WHERE s.words @@ plainto_tsquery('simple', w.word)) AS found \
          FROM unnest($1::text[]) AS w (word)), \
         telling AS MATERIALIZED (SELECT query, ln(1 + (SELECT count(*) FROM candidate_search)::float8 / found) AS weight \
          FROM word WHERE found > 0 ORDER BY found, word LIMIT $2), \
         likely AS (SELECT s.candidate_id, sum(t.weight) AS score FROM telling t \
          JOIN candidate_search s ON s.words @@ t.query WHERE s.hub_id = $3 GROUP BY s.candidate_id) \
         SELECT c.* FROM likely l JOIN requirement_candidates c ON c.id = l.candidate_id \
         WHERE c.id <> $4 AND c.status NOT IN ('archived', 'duplicate') \
         ORDER BY l.score DESC, c.id DESC LIMIT $5",
    )
    .bind(words)
    .bind(TELLING_WORDS)
    .bind(hub)
    .bind(not)
    .bind(limit)
    .fetch_all(pool)
    .await?)
}

/// The words of a text that are worth looking up, each once, in lower case.
fn words(text: &str) -> Vec<String> {
    let end = text
        .char_indices()
        .nth(MOST_CHARS)
        .map_or(text.len(), |(at, _)| at);
    let mut seen = std::collections::HashSet::new();
    let mut all: Vec<String> = text[..end]
        .split(|c: char| !c.is_alphanumeric())
        .map(str::to_lowercase)
        // Lower case may bring marks that are no letters.
        .filter(|word| word.chars().all(char::is_alphanumeric))
        .filter(|word| WORD_CHARS.contains(&word.chars().count()))
        .filter(|word| seen.insert(word.clone()))
        .collect();
    if all.len() > FIRST_WORDS {
        all[FIRST_WORDS..].sort_by_key(|word| std::cmp::Reverse(word.chars().count()));
        all.truncate(MOST_WORDS);
    }
    all
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn words_are_the_title_and_the_longest() {
        assert_eq!(words("Pay by CARD, pay! a-b"), ["pay", "card"]);
        assert!(words("\0 \" * ( NEAR:^ 🙂 ' %").iter().all(|w| w == "near"));
        let many: String = (0..500).map(|n| format!("word{n} ")).collect();
        let taken = words(&many);
        assert_eq!(taken.len(), MOST_WORDS);
        assert_eq!(taken[0], "word0");
    }

    proptest! {
        #[test]
        fn words_hold_letters_and_digits(text in ".*") {
            for word in words(&text) {
                prop_assert!(word.chars().all(char::is_alphanumeric), "{word:?}");
            }
        }
    }
}
