use proptest::prelude::*;

use super::*;

#[test]
fn work_half() {
    let path = std::env::var("WORK").unwrap_or("/tmp/w/corpus/work.jsonl".into());
    let text = std::fs::read_to_string(path).unwrap();
    let (mut tp, mut fp, mut fneg, mut calls, mut same, mut n) = (0, 0, 0, 0, 0, 0);
    for line in text.lines() {
        let row: serde_json::Value = serde_json::from_str(line).unwrap();
        let (a, b) = (row["left"].as_str().unwrap(), row["right"].as_str().unwrap());
        let label = row["label"].as_str().unwrap();
        n += 1;
        same += i32::from(label == "same");
        match compare(a, b) {
            Sameness::Same(_) => { if label == "same" { tp += 1 } else { fp += 1; println!("FP {label}: {a} | {b} => {}", fold(a)); } }
            Sameness::Different(why) => if label == "same" { fneg += 1; println!("FN {why}: {a} | {b}"); },
            Sameness::Unsure => { calls += 1; println!("? {label}: {a} | {b} => {} | {}", fold(a), fold(b)); }
        }
    }
    println!("n {n} same {same} tp {tp} fp {fp} wrong different {fneg} calls {calls}");
}
