//! Building images.

pub mod build_image;
