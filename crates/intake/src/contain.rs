//! A wall around code of others that reads bytes nobody vouches for.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

thread_local! {
    static INSIDE: Cell<bool> = const { Cell::new(false) };
}

/// Runs `work`, such as a picture decoder on a file from outside; none when it panicked.
///
/// What `work` changed through references may be half done then: throw it away. A program whose
/// panics abort is ended all the same.
pub fn contain<T>(work: impl FnOnce() -> T) -> Option<T> {
    let outer = INSIDE.replace(true);
    let done = catch_unwind(AssertUnwindSafe(work));
    INSIDE.set(outer);
    done.ok()
}

/// Whether this thread is inside of [`contain`]. A panic hook asks it to stay silent: the panic is
/// answered, and its message may quote the file.
pub fn is_contained() -> bool {
    INSIDE.get()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn panic_ends_at_the_wall_and_the_thread_goes_on() {
        assert_eq!(contain(|| 7), Some(7));
        let inside = contain(is_contained);
        assert_eq!((inside, is_contained()), (Some(true), false));
        let none: Option<()> = contain(|| panic!("hostile bytes"));
        assert_eq!((none, is_contained()), (None, false));
    }
}
