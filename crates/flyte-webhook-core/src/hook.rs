//! Deliveries of providers: what they say, and what is to be done about it.

pub mod expression;
pub mod rule;
