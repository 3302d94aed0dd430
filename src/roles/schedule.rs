//! Which scenario runs when.

use std::collections::VecDeque;

/// The scenarios that wait, and the subscribers that are free. Each running scenario owns as many
/// subscribers as its sessions need, and waits until all of them are free; one that is exclusive
/// runs alone.
#[derive(Debug)]
pub(super) struct Schedule {
    waiting: VecDeque<Waiting>,
    free: VecDeque<usize>,
    jobs: usize,
    running: usize,
    alone: bool,
}

#[derive(Clone, Copy, Debug)]
struct Waiting {
    index: usize,
    exclusive: bool,
    subscribers: usize,
}

impl Schedule {
    /// `jobs` at once at most, never less than one.
    pub fn new(jobs: usize, subscribers: usize) -> Schedule {
        Schedule {
            waiting: VecDeque::new(),
            free: (0..subscribers).collect(),
            jobs: jobs.max(1),
            running: 0,
            alone: false,
        }
    }

    /// Adds a scenario at the end. One that needs more subscribers than there are never starts.
    pub fn push(&mut self, index: usize, exclusive: bool, subscribers: usize) {
        self.waiting.push_back(Waiting {
            index,
            exclusive,
            subscribers,
        });
    }

    /// The next scenario that may start now, and the subscribers it owns until
    /// [`Schedule::finished`].
    pub fn start(&mut self) -> Option<(usize, Vec<usize>)> {
        let next = *self.waiting.front()?;
        let room = self.running < self.jobs && !self.alone;
        if !room || (next.exclusive && self.running > 0) {
            return None;
        }
        // Whoever is next waits for its turn even where a later one could start: it would never
        // get several at a time otherwise.
        if self.free.len() < next.subscribers {
            return None;
        }
        // The subscribers that have been free longest: what an earlier scenario left behind at the
        // server has had the most time to go away.
        let subscribers = self.free.drain(..next.subscribers).collect();
        self.waiting.pop_front();
        self.running += 1;
        self.alone = next.exclusive;
        Some((next.index, subscribers))
    }

    /// Takes back the subscribers of a scenario that is over.
    pub fn finished(&mut self, subscribers: &[usize]) {
        self.free.extend(subscribers);
        self.running = self.running.saturating_sub(1);
        if self.running == 0 {
            self.alone = false;
        }
    }

    /// The scenarios that wait, none of which will start any more.
    pub fn give_up(&mut self) -> Vec<usize> {
        std::mem::take(&mut self.waiting)
            .into_iter()
            .map(|waiting| waiting.index)
            .collect()
    }

    /// True where a scenario waits.
    pub fn is_waiting(&self) -> bool {
        !self.waiting.is_empty()
    }

    /// True where nothing waits and nothing runs.
    pub fn is_done(&self) -> bool {
        self.waiting.is_empty() && self.running == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn never_more_than_jobs_or_subscribers() {
        for (jobs, subscribers, most) in [(2, 5, 2), (5, 3, 3), (0, 2, 1)] {
            let mut schedule = Schedule::new(jobs, subscribers);
            (0..6).for_each(|index| schedule.push(index, false, 1));
            let started: Vec<_> = std::iter::from_fn(|| schedule.start()).collect();
            assert_eq!(started.len(), most);
            schedule.finished(&started[0].1);
            assert_eq!(schedule.start().map(|(index, _)| index), Some(most));
            assert_eq!(schedule.start(), None);
        }
    }

    #[test]
    fn one_that_needs_several_subscribers_waits_for_all_of_them() {
        let mut schedule = Schedule::new(4, 3);
        for (index, subscribers) in [(0, 1), (1, 1), (2, 2), (3, 1)] {
            schedule.push(index, false, subscribers);
        }
        let (_, first) = schedule.start().unwrap();
        let (_, second) = schedule.start().unwrap();
        // One is free, and kept for the one whose turn it is.
        assert_eq!(schedule.start(), None);
        schedule.finished(&first);
        assert_eq!(schedule.start(), Some((2, vec![2, 0])));
        assert_eq!(schedule.start(), None);
        schedule.finished(&second);
        assert_eq!(schedule.start(), Some((3, vec![1])));
    }

    #[test]
    fn an_exclusive_scenario_runs_alone_and_in_its_place() {
        let mut schedule = Schedule::new(4, 4);
        for (index, exclusive) in [(0, false), (1, true), (2, false)] {
            schedule.push(index, exclusive, 1);
        }
        let (first, subscriber) = schedule.start().unwrap();
        assert_eq!((first, schedule.start()), (0, None));
        schedule.finished(&subscriber);
        let (second, subscriber) = schedule.start().unwrap();
        assert_eq!((second, schedule.start()), (1, None));
        schedule.finished(&subscriber);
        assert_eq!(schedule.start().map(|(index, _)| index), Some(2));
    }
}
