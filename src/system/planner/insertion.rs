//! A first plan in milliseconds: each job goes where it costs the fewest extra metres and breaks nothing.
//! The embedded solver starts from it, and it is what remains when the solver fails or runs out of time.

use super::{PlanJob, PlanProblem, PlanVehicle, schedule::Tour, travel::Travel};

/// A tour under construction, with the earliest and latest beginning of service at each of its jobs.
struct Draft {
    vehicle: usize,
    jobs: Vec<usize>,
    earliest: Vec<i64>,
    latest: Vec<i64>,
    load: u64,
}

/// Where a job would go, and what that costs.
struct Offer {
    draft: usize,
    at: usize,
    metres: i64,
}

/// Tours that hold for as many jobs as fit.
pub fn insert_all(problem: &PlanProblem, travel: &Travel) -> Vec<Tour> {
    let mut drafts: Vec<Draft> = Vec::new();
    let mut free: Vec<usize> = (0..problem.vehicles.len()).rev().collect();
    let mut order: Vec<usize> = (0..problem.jobs.len()).collect();
    // The most urgent first; among equals the farthest.
    order.sort_by_key(|job| (problem.jobs[*job].window.until, -travel.metres(0, job + 1)));
    for job in order {
        let inside = drafts.iter().enumerate().filter_map(|(index, draft)| draft.offer(problem, travel, index, job));
        if let Some(offer) = inside.min_by_key(|offer| offer.metres) {
            drafts[offer.draft].insert(problem, travel, offer.at, job);
        } else if let Some(draft) = open(problem, travel, &mut free, job) {
            drafts.push(draft);
        }
    }
    drafts.into_iter().map(|draft| Tour { vehicle: draft.vehicle, jobs: draft.jobs }).collect()
}

/// The first free vehicle that can serve the job at all.
fn open(problem: &PlanProblem, travel: &Travel, free: &mut Vec<usize>, job: usize) -> Option<Draft> {
    for at in (0..free.len()).rev() {
        let mut draft = Draft::empty(free[at]);
        if draft.offer(problem, travel, 0, job).is_some() {
            draft.insert(problem, travel, 0, job);
            free.remove(at);
            return Some(draft);
        }
    }
    None
}

impl Draft {
    fn empty(vehicle: usize) -> Self {
        Self { vehicle, jobs: Vec::new(), earliest: Vec::new(), latest: Vec::new(), load: 0 }
    }

    /// The cheapest place in this tour, if there is one that holds.
    fn offer(&self, problem: &PlanProblem, travel: &Travel, draft: usize, job: usize) -> Option<Offer> {
        let (vehicle, new) = (&problem.vehicles[self.vehicle], &problem.jobs[job]);
        // Loads of deliveries and collections are added up, which is more than is ever aboard.
        if self.load + new.weight_grams > vehicle.capacity_grams || !new.skills.is_subset(&vehicle.skills) {
            return None;
        }
        let places = 0..=self.jobs.len();
        places
            .filter(|at| self.holds(problem, travel, *at, job))
            .map(|at| Offer { draft, at, metres: self.extra_metres(travel, at, job) })
            .min_by_key(|offer| offer.metres)
    }

    fn holds(&self, problem: &PlanProblem, travel: &Travel, at: usize, job: usize) -> bool {
        let (vehicle, new) = (&problem.vehicles[self.vehicle], &problem.jobs[job]);
        let leaves = match at {
            0 => opens(vehicle),
            _ => self.earliest[at - 1] + service(&problem.jobs[self.jobs[at - 1]]),
        };
        let begins = (leaves + travel.seconds(self.place(at, 1), job + 1)).max(new.window.from.as_second());
        let next = begins + service(new) + travel.seconds(job + 1, self.place(at, 0));
        let latest = self.latest.get(at).copied().unwrap_or_else(|| closes(vehicle));
        begins <= new.window.until.as_second() && next <= latest
    }

    fn extra_metres(&self, travel: &Travel, at: usize, job: usize) -> i64 {
        let (before, after) = (self.place(at, 1), self.place(at, 0));
        travel.metres(before, job + 1) + travel.metres(job + 1, after) - travel.metres(before, after)
    }

    /// The place this many steps before the position, the depot at both ends.
    fn place(&self, at: usize, back: usize) -> usize {
        at.checked_sub(back).and_then(|index| self.jobs.get(index)).map_or(0, |job| job + 1)
    }

    fn insert(&mut self, problem: &PlanProblem, travel: &Travel, at: usize, job: usize) {
        self.jobs.insert(at, job);
        self.load += problem.jobs[job].weight_grams;
        let vehicle = &problem.vehicles[self.vehicle];
        let (mut leaves, mut place) = (opens(vehicle), 0);
        self.earliest.clear();
        for &index in &self.jobs {
            let job = &problem.jobs[index];
            let begins = (leaves + travel.seconds(place, index + 1)).max(job.window.from.as_second());
            self.earliest.push(begins);
            (leaves, place) = (begins + service(job), index + 1);
        }
        let (mut by, mut place) = (closes(vehicle), 0);
        self.latest = vec![0; self.jobs.len()];
        for (at, &index) in self.jobs.iter().enumerate().rev() {
            let job = &problem.jobs[index];
            by = (by - travel.seconds(index + 1, place) - service(job)).min(job.window.until.as_second());
            (self.latest[at], place) = (by, index + 1);
        }
    }
}

fn opens(vehicle: &PlanVehicle) -> i64 {
    vehicle.shift.from.as_second()
}

fn closes(vehicle: &PlanVehicle) -> i64 {
    vehicle.shift.until.as_second()
}

fn service(job: &PlanJob) -> i64 {
    i64::from(job.service_seconds)
}
