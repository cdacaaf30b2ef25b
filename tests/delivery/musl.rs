//! The static build, in roots that have no library.

use vm::packages::{self, Selection};
use vm::{Guest, Kernel};

use crate::toolchain::static_program;

#[test]
fn in_an_empty_root_and_beside_busybox() {
    let busybox = packages::fetch(&Selection {
        name: "busybox-static",
        suite: "bookworm",
        packages: &["busybox-static"],
        follow: &[],
        skip: &[],
    })
    .unwrap();
    let outcome = Guest::new(Kernel::V6_1)
        .file(static_program(), "/static")
        .file(packages::find(&busybox, "bin/busybox").unwrap(), "/busybox")
        .text("/static.sh", include_str!("static.sh"))
        .run(&["/static.sh"])
        .unwrap();
    assert_eq!(outcome.status, 0);
}
