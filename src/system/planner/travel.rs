//! Travel between the places of a problem: the given matrix, or as the crow flies. Place 0 is the depot, the jobs
//! follow in their order. Holds no solver.

use super::PlanProblem;
use crate::domain::place::Position;

/// Seconds and metres from each place to each place.
pub struct Travel {
    places: usize,
    seconds: Vec<i64>,
    metres: Vec<i64>,
}

impl Travel {
    /// The given matrix, or one as the crow flies; a matrix of the wrong size is a mistake of the asker.
    pub fn of(problem: &PlanProblem, metres_per_second: f64) -> Result<Self, String> {
        let places = problem.jobs.len() + 1;
        let Some(matrix) = &problem.matrix else { return Ok(Self::as_the_crow_flies(problem, metres_per_second)) };
        let cells = places * places;
        if matrix.seconds.len() != cells || matrix.metres.len() != cells {
            return Err(format!("The matrix must hold {places} × {places} times and distances."));
        }
        let widen = |numbers: &[u32]| numbers.iter().copied().map(i64::from).collect();
        Ok(Self { places, seconds: widen(&matrix.seconds), metres: widen(&matrix.metres) })
    }

    fn as_the_crow_flies(problem: &PlanProblem, metres_per_second: f64) -> Self {
        let positions: Vec<Position> =
            std::iter::once(problem.depot).chain(problem.jobs.iter().map(|job| job.position)).collect();
        let pairs = || positions.iter().flat_map(|from| positions.iter().map(move |to| from.metres_to(to)));
        let seconds = pairs().map(|metres| whole(metres / metres_per_second)).collect();
        Self { places: positions.len(), seconds, metres: pairs().map(whole).collect() }
    }

    pub fn seconds(&self, from: usize, to: usize) -> i64 {
        self.seconds[from * self.places + to]
    }

    pub fn metres(&self, from: usize, to: usize) -> i64 {
        self.metres[from * self.places + to]
    }

    /// Row by row, as solvers want them.
    pub fn rows(&self) -> (&[i64], &[i64]) {
        (&self.seconds, &self.metres)
    }

    pub fn places(&self) -> usize {
        self.places
    }
}

/// Rounded up: an arrival is never promised too early.
#[expect(clippy::cast_possible_truncation, reason = "a distance or time on Earth fits")]
pub fn whole(number: f64) -> i64 {
    number.ceil() as i64
}
