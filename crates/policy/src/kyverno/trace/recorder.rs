//! Hearing steps.

use std::cell::RefCell;

use super::Step;

/// Hears what happens. Steps within a step are heard before it and become its children.
#[derive(Debug, Default)]
pub struct Recorder {
    /// The steps of each open step, outermost first; the last one is open now.
    open: RefCell<Vec<Vec<Step>>>,
    done: RefCell<Vec<Step>>,
}

impl Recorder {
    /// Everything that was heard so far, which it forgets.
    pub fn take(&self) -> Vec<Step> {
        std::mem::take(&mut *self.done.borrow_mut())
    }

    /// Does some work; the answer has the steps in it.
    pub(crate) fn steps_of<T>(&self, work: impl FnOnce() -> T) -> (T, Vec<Step>) {
        self.open.borrow_mut().push(Vec::new());
        let found = work();
        (found, self.open.borrow_mut().pop().unwrap_or_default())
    }

    /// Hears a step.
    pub(crate) fn add(&self, step: Step) {
        match self.open.borrow_mut().last_mut() {
            Some(own) => own.push(step),
            None => self.done.borrow_mut().push(step),
        }
    }
}

/// Tells a step, if anybody listens.
pub(crate) fn tell(recorder: Option<&Recorder>, step: impl FnOnce() -> Step) {
    if let Some(recorder) = recorder {
        recorder.add(step());
    }
}

/// Does some work; the steps in it become children of the step that it is.
pub(crate) fn inside<T>(
    recorder: Option<&Recorder>,
    work: impl FnOnce() -> T,
    step: impl FnOnce(&T, Vec<Step>) -> Step,
) -> T {
    let Some(recorder) = recorder else { return work() };
    let (found, steps) = recorder.steps_of(work);
    recorder.add(step(&found, steps));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variable(name: &str) -> Step {
        Step::Variable { expression: name.to_owned(), found: Err(String::new()) }
    }

    #[test]
    fn steps_stand_in_the_step_that_they_are_part_of() {
        let recorder = Recorder::default();
        let heard = Some(&recorder);
        let seven = inside(
            heard,
            || {
                tell(heard, || variable("a"));
                tell(heard, || variable("b"));
                7
            },
            |_, steps| Step::Before { failed: false, steps },
        );
        tell(heard, || variable("c"));
        let steps = recorder.take();
        assert_eq!((seven, steps.len()), (7, 2));
        assert!(matches!(&steps[0], Step::Before { steps, .. } if steps.len() == 2));
        assert!(recorder.take().is_empty());
    }

    #[test]
    fn no_step_is_made_for_nobody() {
        tell(None, || unreachable!("nobody listens"));
        assert_eq!(inside(None, || 7, |_, _| unreachable!("nobody listens")), 7);
    }
}
