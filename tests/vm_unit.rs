//! The parts of `tests/vm` that can be checked without a virtual machine.

use std::path::Path;

use vm::cpio::Layer;
use vm::packages::{self, Selection};
use vm::qemu::Stream;
use vm::{Error, Kernel, mirror, modules};

const INDEX: &str = "\
Package: linux-image-cloud-amd64
Version: 6.1.1-1
Pre-Depends: dpkg (>= 1.17)
Depends: linux-image-6.1-cloud-amd64 (= 6.1.1-1), kmod | module-init-tools
Filename: pool/l/meta.deb
Size: 1000
SHA256: aa

Package: linux-image-6.1-cloud-amd64
Depends: kmod,linux-modules-6.1:amd64 | other, linux-image-skipped
Filename: pool/l/image.deb
Size: 1001
SHA256: bb

Package: linux-modules-6.1
Filename: pool/l/modules.deb
Size: 1002
SHA256: cc
";

fn selection<'a>(packages: &'a [&'a str]) -> Selection<'a> {
    Selection {
        name: "kernel",
        suite: "test",
        packages,
        follow: &["linux-"],
        skip: &["linux-image-skipped"],
    }
}

#[test]
fn stanza_gives_first_alternatives() {
    let package = packages::parse_stanza(INDEX.split("\n\n").next().unwrap()).unwrap();
    assert_eq!(package.filename, "pool/l/meta.deb");
    assert_eq!((package.sha256, package.size), ("aa", 1000));
    assert_eq!(
        package.depends,
        ["dpkg", "linux-image-6.1-cloud-amd64", "kmod"]
    );
}

#[test]
fn closure_follows_names_selected() {
    let wanted = ["linux-image-cloud-amd64"];
    let found = packages::closure(INDEX, &selection(&wanted)).unwrap();
    let digests: Vec<&str> = found.iter().map(|package| package.sha256).collect();
    assert_eq!(digests, ["aa", "bb", "cc"]);
}

#[test]
fn closure_names_what_is_missing() {
    let error = packages::closure(INDEX, &selection(&["nothing"])).unwrap_err();
    assert_eq!(error.to_string(), "suite test has no package nothing");
}

#[test]
fn apt_sources_in_both_formats() {
    let lines = "# deb http://no.example/debian x main\ndeb [arch=amd64 signed-by=/k] http://a.example/debian x main\n\
                 deb-src http://b.example/debian x main\n  deb http://c.example/debian/ x main\n";
    assert_eq!(
        mirror::one_line_uris(lines),
        ["http://a.example/debian", "http://c.example/debian/"]
    );
    let stanzas = "Types: deb\n# comment\nURIs: http://a.example/debian\n http://b.example/debian\nSuites: x\n y\n\n\
                   uris: http://c.example/debian\n";
    let expected = [
        "http://a.example/debian",
        "http://b.example/debian",
        "http://c.example/debian",
    ];
    assert_eq!(mirror::deb822_uris(stanzas), expected);
}

#[test]
fn module_info() {
    let module = b"\x7fELF\0\0alias=ip6t_ipvs\0softdep=pre: crc-x post: late\0depends=x_tables,nf-conntrack\0\xff\xfe\0";
    let info = modules::parse_info(module);
    assert_eq!(info.aliases, ["ip6t_ipvs"]);
    assert_eq!(info.depends, ["crc_x", "late", "x_tables", "nf_conntrack"]);
    assert_eq!(modules::parse_info(b"depends=\0").depends, [""; 0]);
}

#[test]
fn kernel_names() {
    for kernel in Kernel::ALL {
        assert_eq!(kernel.to_string().parse::<Kernel>().unwrap(), kernel);
    }
    assert!(matches!(
        "6".parse::<Kernel>(),
        Err(Error::UnknownKernel { .. })
    ));
}

/// However the stream is cut up, the output arrives whole, without markers, and as early as it can.
#[test]
fn stream_is_passed_on_unchanged() {
    let stream = b"firmware\r\nNONCE start\nNON\0\xff\nNONCno newlineNONCE exit 7\ntrailer";
    for cut in 0..=stream.len() {
        let mut output = Vec::new();
        let mut parser = Stream::new("NONCE");
        let first = parser.feed(&stream[..cut], &mut |bytes| output.extend_from_slice(bytes));
        // After the exit marker nothing is read any more.
        let status = first
            .or_else(|| parser.feed(&stream[cut..], &mut |bytes| output.extend_from_slice(bytes)));
        assert_eq!(status, Some(7), "cut at {cut}");
        assert_eq!(output, b"NON\0\xff\nNONCno newline", "cut at {cut}");
    }
}

#[test]
fn output_is_not_held_back() {
    let mut output = Vec::new();
    let mut parser = Stream::new("NONCE");
    assert_eq!(
        parser.feed(b"NONCE start\nprompt> N", &mut |bytes| output
            .extend_from_slice(bytes)),
        None
    );
    assert_eq!(output, b"prompt> ");
}

#[test]
fn finds_what_cargo_has_built() {
    let program = vm::built::ipvsadm().unwrap();
    assert_eq!(program, Path::new(env!("CARGO_BIN_EXE_ipvsadm")));
    let target = vm::built::target_dir().unwrap();
    assert_eq!(target.join("tmp"), Path::new(env!("CARGO_TARGET_TMPDIR")));
}

#[test]
fn archive_has_parents_and_usr() {
    let mut layer = Layer::default();
    layer.contents("/sbin/x", "hello", true);
    assert!(layer.contains("/usr/sbin/x"));
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("vm-unit.cpio");
    layer.write(&path).unwrap();
    let bytes = std::fs::read(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    assert_eq!(bytes.len() % 512, 0);
    let text = String::from_utf8(bytes).unwrap();
    let names: Vec<&str> = text
        .split("070701")
        .skip(1)
        .map(|entry| entry[104..].split('\0').next().unwrap())
        .collect();
    assert_eq!(names, ["usr", "usr/sbin", "usr/sbin/x", "TRAILER!!!"]);
    let file = text.split("070701").nth(3).unwrap();
    assert_eq!(&file[8..16], "000081ed");
    assert_eq!(&file[48..56], "00000005");
    assert!(
        file[104..].starts_with("usr/sbin/x\0\0\0\0hello\0\0\0"),
        "{file:?}"
    );
}
