//! What is released, and what it is made from: the dependencies, the program, the files of the Debian package.

mod debian;
mod dependencies;
mod program;
mod tools;
