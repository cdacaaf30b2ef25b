//! The checks of tests/fuzz on the corpora that fuzzing has left.

#[path = "fuzz/inputs/mod.rs"]
mod inputs;

use std::fs;
use std::path::Path;

/// Checks every input of a corpus.
fn replay(target: &str, check: fn(&[u8])) {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/corpus");
    let corpus = corpus.join(target);
    let mut count = 0;
    for entry in fs::read_dir(&corpus).unwrap() {
        let path = entry.unwrap().path();
        println!("{}", path.display());
        check(&fs::read(&path).unwrap());
        count += 1;
    }
    assert!(count > 0, "{} is empty", corpus.display());
}

macro_rules! corpora {
    ($($target:ident)*) => {
        $(
            #[test]
            fn $target() {
                replay(stringify!($target), inputs::$target::check);
            }
        )*
    };
}

corpora! { arguments connections json netlink resolver restore }
