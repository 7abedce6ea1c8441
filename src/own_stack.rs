//! Calls that go deep once, and leave nothing behind.
//!
//! A thread keeps the memory that its stack has ever taken, and the process's first
//! thread serves until the end: what reads the arguments, the configuration and wires
//! the server takes hundreds of kilobytes of stack, for milliseconds.

use std::{panic, thread};

/// Calls on the stack of a thread that ends with the call, and here where the system
/// gives no thread: less memory is not worth a failure.
pub(crate) fn on_own_stack<T: Send>(call: impl FnOnce() -> T + Send) -> T {
    let mut call = Some(call);
    let made = thread::scope(|scope| {
        let call_there = || call.take().map(|call| call());
        match thread::Builder::new().spawn_scoped(scope, call_there) {
            Ok(thread) => thread.join(),
            Err(_no_thread) => Ok(None),
        }
    });
    match (made, call) {
        (Ok(Some(made)), _) => made,
        (Ok(None), Some(call)) => call(),
        (Ok(None), None) => unreachable!("a thread that took the call has made it"),
        (Err(panicked), _) => panic::resume_unwind(panicked),
    }
}
