//! The bench: the tasks under way here, so that nothing is worked on twice at once, one slow receiver does not take
//! every worker, and what is left over at the end is given back.

use crate::{
    domain::id::TaskId,
    store::{Except, Task},
};
use std::{
    collections::{BTreeMap, HashMap},
    sync::{Mutex, MutexGuard, PoisonError},
};

#[derive(Default)]
pub struct Bench {
    tasks: Mutex<HashMap<TaskId, Task>>,
}

/// Kinds that wait for the same systems share a lane, and no lane has all workers: a hung ERP delays no partner's
/// webhook, and a dead receiver no posting.
const LANES: [&[&str]; 3] = [
    &["post_delivery", "hold_invoice", "release_invoice", "confirm_release", "cancel_in_erp", "recheck_order"],
    &["notify_customer", "deliver_webhook"],
    &["settle_route", "project_etas", "release_lines"],
];

impl Bench {
    /// Puts a claimed task on the bench. False if it is there already: its lease ran out by the clock while it was
    /// worked on here, so that only the claim has changed hands, to ourselves.
    pub fn put(&self, task: &Task) -> bool {
        self.lock().insert(task.id.clone(), task.clone()).is_none()
    }

    /// The task as it was claimed last.
    pub fn claim_of(&self, task: &Task) -> Task {
        self.lock().get(&task.id).unwrap_or(task).clone()
    }

    pub fn take(&self, id: &TaskId) {
        self.lock().remove(id);
    }

    /// Everything under way, and from now on nothing.
    pub fn clear(&self) -> Vec<Task> {
        self.lock().drain().map(|(_, task)| task).collect()
    }

    /// What must wait, because it has its share of the workers: a lane has three quarters at most, a subject (a
    /// webhook, for instance) a quarter.
    pub fn crowded(&self, workers: usize) -> Except {
        let tasks = self.lock();
        let share = |part: usize| (workers * part / 4).max(1);
        let mut subjects = BTreeMap::<&str, usize>::new();
        tasks.values().for_each(|task| *subjects.entry(&task.subject).or_default() += 1);
        let full = subjects.into_iter().filter(|(_, count)| *count >= share(1));
        let in_lane = |lane: &[&str]| tasks.values().filter(|task| lane.contains(&task.kind.as_str())).count();
        let lanes = LANES.iter().filter(|lane| workers > 1 && in_lane(lane) >= share(3));
        Except {
            kinds: lanes.flat_map(|lane| lane.iter().copied()).collect(),
            subjects: full.map(|(subject, _)| subject.to_owned()).collect(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<TaskId, Task>> {
        self.tasks.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
