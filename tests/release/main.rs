//! What is released, and what it is made from: the dependencies, the program, the files of the packages, the
//! script that they run as a service.

mod dependencies;
mod packages;
mod program;
mod rust_version;
mod service;
mod tools;
