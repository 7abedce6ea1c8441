//! A control plane that refuses, stalls or answers nonsense.
