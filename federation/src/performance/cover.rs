//! Decide first: what a snapshot from before tells of proposals that wait.
//!
//! One that is counted while its hub decides first has the confidence of what
//! waits in no mean. An earlier one may have it. As long as something of its
//! period waits, its means are held back from everybody.

use model::{AgentId, Measures, PerformanceRecord};

use crate::{Engine, Result};

/// Snapshots of one agent as they may be seen.
pub(super) async fn cover(
    engine: &Engine,
    id: AgentId,
    records: impl IntoIterator<Item = &mut PerformanceRecord>,
) -> Result<()> {
    let telling = engine.store().telling_records(id).await?;
    let telling = |record: &&mut PerformanceRecord| telling.contains(&record.id);
    for record in records.into_iter().filter(telling) {
        record.mean_confidence = None;
        if let Some(measures) = &mut record.measures {
            hold_back(measures);
        }
    }
    Ok(())
}

/// The means of all that had something waiting.
pub(super) fn hold_back(measures: &mut Measures) {
    let slices = [
        &mut measures.by_version,
        &mut measures.by_task_type,
        &mut measures.by_artifact_type,
    ];
    let slices = slices.into_iter().flatten();
    for slice in slices.chain([&mut measures.total]) {
        if slice.undecided > 0 {
            slice.mean_confidence = None;
        }
    }
}
