//! Calls that go deep once, and leave nothing behind.
//!
//! A thread keeps the memory that its stack has ever taken, and the process's first
//! thread serves until the end: what reads the arguments, the configuration and wires
//! the server takes hundreds of kilobytes of stack, for milliseconds.

use std::{panic, thread};

/// Calls on the stack of a thread that ends with the call.
pub(crate) fn on_own_stack<T: Send>(call: impl FnOnce() -> T + Send) -> T {
    thread::scope(|scope| scope.spawn(call).join())
        .unwrap_or_else(|panicked| panic::resume_unwind(panicked))
}
