//! What contributions say in a field, in comparable form. Answers come from
//! models: any value may stand anywhere.

use std::collections::{BTreeSet, HashMap};

use serde_json::{Map, Value};

use super::{FieldCluster, FieldKind, Spread};
use crate::collectives::{
    agreement::{Metric, Table},
    sameness,
};

/// Items of a list that are read of one contribution.
pub const MOST_ITEMS: usize = 200;
/// Clusters that are told of a field.
pub const MOST_CLUSTERS: usize = 100;
/// Fields of the task's own that are compared.
pub const MOST_FIELDS: usize = 50;

/// Fields that every contribution is asked for, in their order.
const COMMON: [&str; 5] = [
    "recommendation",
    "confidence",
    "rationale",
    "risks",
    "evidence",
];
/// Longer names are no fields but text gone astray.
const LONGEST_NAME: usize = 100;
/// Longer texts are prose.
const LONGEST_CHOICE: usize = 120;
/// Of a value that stands for its cluster.
const SHOWN: usize = 300;

/// A field, ready for alpha.
pub(super) struct Judged {
    pub kind: FieldKind,
    pub table: Table,
    pub clusters: Vec<FieldCluster>,
    pub spread: Option<Spread>,
    pub capped: bool,
}

/// The fields of the contributions, in the order in which they are shown.
pub(super) fn names(contents: &[&Value]) -> Vec<String> {
    let objects = contents.iter().filter_map(|content| content.as_object());
    let present: BTreeSet<&str> = objects
        .flat_map(Map::iter)
        .filter(|(name, value)| !value.is_null() && name.len() <= LONGEST_NAME)
        .map(|(name, _)| name.as_str())
        .collect();
    let common = COMMON.iter().filter(|name| present.contains(**name));
    let own = present.iter().filter(|name| !COMMON.contains(name));
    common
        .chain(own.take(MOST_FIELDS))
        .map(|name| (*name).to_owned())
        .collect()
}

/// The value of a field; a blank text is none.
pub(super) fn given<'a>(content: &'a Value, name: &str) -> Option<&'a Value> {
    let value = content.get(name)?;
    let blank = value.is_null() || value.as_str().is_some_and(|text| text.trim().is_empty());
    (!blank).then_some(value)
}

/// Recommendations, in the groups that they were judged to be in.
pub(super) fn grouped(given: &[Option<&Value>], groups: &[usize]) -> Judged {
    let keys = given.iter().enumerate().map(|(at, value)| {
        let value = (*value)?;
        // Without a group it stands alone.
        let group = groups
            .get(at)
            .map_or(format!("alone {at}"), usize::to_string);
        Some((group, text(value)))
    });
    one_unit(FieldKind::Choice, keys.collect())
}

/// Any other field.
pub(super) fn judge(name: &str, given: &[Option<&Value>]) -> Judged {
    let values = || given.iter().flatten();
    match name {
        "rationale" => return prose(given),
        "risks" | "evidence" => return list(given),
        _ => {}
    }
    if values().all(|value| value.is_object()) {
        return object(given);
    }
    if values().any(|value| value.is_array() || value.is_object()) {
        return list(given);
    }
    if values().all(|value| value.is_number()) {
        return numbers(given);
    }
    let short = |value: &&&Value| {
        value
            .as_str()
            .is_none_or(|text| text.chars().count() <= LONGEST_CHOICE)
    };
    if values().all(|value| short(&value)) {
        return one_unit(FieldKind::Choice, keyed(given));
    }
    prose(given)
}

fn prose(given: &[Option<&Value>]) -> Judged {
    one_unit(FieldKind::Text, keyed(given))
}

/// Each value with what it is the same by.
fn keyed(given: &[Option<&Value>]) -> Vec<Option<(String, String)>> {
    let key = |value: &Option<&Value>| {
        let text = text((*value)?);
        Some((sameness::fold(&text), text))
    };
    given.iter().map(key).collect()
}

fn numbers(given: &[Option<&Value>]) -> Judged {
    let number = |value: &Option<&Value>| value.and_then(Value::as_f64);
    let told: Vec<Option<f64>> = given.iter().map(number).collect();
    let keys = told.iter().zip(given).map(|(number, value)| {
        // Adding zero makes the two zeros one.
        let key = number.map_or_else(String::new, |number| format!("{}", number + 0.0));
        Some((key, text((*value)?)))
    });
    let mut judged = one_unit(FieldKind::Number, keys.collect());
    let all: Vec<f64> = told.iter().flatten().copied().collect();
    judged.spread = mean(&all).map(|mean| Spread {
        low: all.iter().copied().fold(f64::INFINITY, f64::min),
        high: all.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        mean,
    });
    judged
}

pub(super) fn mean(values: &[f64]) -> Option<f64> {
    let n = u32::try_from(values.len()).ok().filter(|n| *n > 0)?;
    // Divided first: a sum of large numbers would overflow.
    Some(values.iter().map(|value| value / f64::from(n)).sum())
}

/// One value per contribution: a key that it is the same by, and its text.
fn one_unit(kind: FieldKind, keys: Vec<Option<(String, String)>>) -> Judged {
    let mut found = Clusters::default();
    let mut unit = Vec::with_capacity(keys.len());
    for (at, key) in keys.into_iter().enumerate() {
        unit.push(key.map(|(key, text)| category(found.add(key, &text, at))));
    }
    let (clusters, capped) = found.sorted();
    let said = unit.iter().any(Option::is_some);
    Judged {
        kind,
        table: nominal(if said { vec![unit] } else { Vec::new() }),
        clusters,
        spread: None,
        capped,
    }
}

/// A unit per different item: named or not, by those that have the field.
fn list(given: &[Option<&Value>]) -> Judged {
    let mut found = Clusters::default();
    let mut capped = false;
    for (at, value) in given.iter().enumerate() {
        let Some(value) = value else { continue };
        let items = match value {
            Value::Array(items) => items.as_slice(),
            other => std::slice::from_ref(*other),
        };
        capped |= items.len() > MOST_ITEMS;
        for item in items.iter().take(MOST_ITEMS).filter(|item| !item.is_null()) {
            let text = text(item);
            found.add(sameness::fold(&text), &text, at);
        }
    }
    let named = |cluster: &FieldCluster| {
        let unit = given.iter().enumerate().map(|(at, value)| {
            let named = cluster.contributions.binary_search(&at).is_ok();
            value.map(|_| f64::from(u8::from(named)))
        });
        unit.collect()
    };
    let units = found.clusters.iter().map(named).collect();
    let (clusters, more) = found.sorted();
    Judged {
        kind: FieldKind::List,
        table: nominal(units),
        clusters,
        spread: None,
        capped: capped || more,
    }
}

/// A unit per key; objects are in one cluster where all their keys agree.
fn object(given: &[Option<&Value>]) -> Judged {
    let objects = || given.iter().map(|value| value.and_then(Value::as_object));
    let keys: BTreeSet<&String> = objects().flatten().flat_map(Map::keys).collect();
    let mut capped = keys.len() > MOST_ITEMS;
    let mut units = Vec::new();
    for key in keys.into_iter().take(MOST_ITEMS) {
        let mut found = Clusters::default();
        let said = objects().enumerate().map(|(at, object)| {
            let text = text(object?.get(key).filter(|value| !value.is_null())?);
            Some(category(found.add(sameness::fold(&text), &text, at)))
        });
        units.push(said.collect::<Vec<_>>());
    }
    let mut found = Clusters::default();
    for (at, value) in given.iter().enumerate() {
        if let Some(value) = value {
            let said: Vec<_> = units
                .iter()
                .map(|unit| unit[at].map(f64::to_bits))
                .collect();
            found.add(format!("{said:?}"), &text(value), at);
        }
    }
    let (clusters, more) = found.sorted();
    capped |= more;
    Judged {
        kind: FieldKind::List,
        table: nominal(units),
        clusters,
        spread: None,
        capped,
    }
}

fn nominal(units: Vec<Vec<Option<f64>>>) -> Table {
    Table {
        metric: Metric::Nominal,
        units,
    }
}

fn category(number: usize) -> f64 {
    f64::from(u32::try_from(number).unwrap_or(u32::MAX))
}

/// The text of a value. Of an object that names itself, its name.
fn text(value: &Value) -> String {
    const NAMES: [&str; 6] = ["title", "name", "text", "summary", "description", "label"];
    match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Object(object) => {
            let name = NAMES.iter().find_map(|name| object.get(*name)?.as_str());
            name.map_or_else(|| value.to_string(), |name| name.trim().to_owned())
        }
        other => other.to_string(),
    }
}

/// Contributions by what they say.
#[derive(Default)]
struct Clusters {
    places: HashMap<String, usize>,
    clusters: Vec<FieldCluster>,
}

impl Clusters {
    /// Adds a contribution, in ascending order; the number of its cluster.
    fn add(&mut self, key: String, text: &str, contribution: usize) -> usize {
        let next = self.clusters.len();
        let place = *self.places.entry(key).or_insert(next);
        if place == next {
            self.clusters.push(FieldCluster {
                value: shown(text),
                contributions: Vec::new(),
            });
        }
        let members = &mut self.clusters[place].contributions;
        // The same item twice in a list is named once.
        if members.last() != Some(&contribution) {
            members.push(contribution);
        }
        place
    }

    /// Largest first, and whether there are more than are told.
    fn sorted(mut self) -> (Vec<FieldCluster>, bool) {
        let size = |cluster: &FieldCluster| std::cmp::Reverse(cluster.contributions.len());
        self.clusters.sort_by_key(size);
        let more = self.clusters.len() > MOST_CLUSTERS;
        (self.clusters, more)
    }
}

fn shown(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
