//! The examples of the manual pages, on a real kernel: each in a network namespace of its own, with
//! the director's addresses. And what else the pages say of statuses and of the kernel.

use std::path::{Path, PathBuf};
use std::process::Command;

use vm::{Guest, Kernel, Outcome, Place};

use crate::page::{self, Example, PAGES};
use crate::{settings, statuses};

/// An interface, addresses and routes that the examples take for granted.
const PLACE: &str = "\
ip link set lo up
ip link add eth0 type dummy
ip link set eth0 up
ip address add 192.0.2.1/24 dev eth0
ip address add 10.0.0.1/24 dev eth0
ip address add 2001:db8::1/64 dev eth0 nodad
ip address add 2001:db8:1::1/64 dev eth0 nodad
ip route add default via 192.0.2.254
";

/// The addresses of the page are the director's; a server gets the VIP by the example itself.
const SERVER: &str = "ip address del 192.0.2.1/24 dev eth0\n";

/// What the example of the library prints.
const TABLE: &str = "\
Address { protocol: Tcp, endpoint: Endpoint { address: 192.0.2.1, port: 80 } } by wlc
  10.0.0.11:80: 0 active connections
";

/// The script of an example, behind those that it builds on.
fn script(example: &Example, all: &[Example]) -> String {
    let before = match &example.after {
        Some(name) => script(
            all.iter()
                .find(|other| other.name == *name)
                .unwrap_or_else(|| panic!("no example {name}")),
            all,
        ),
        None if example.name.ends_with("-server") => format!("{PLACE}{SERVER}"),
        None => PLACE.to_owned(),
    };
    format!("{before}echo '# {}'\n{}", example.name, example.script)
}

/// The kernels that `IPVSADM_TEST_KERNELS` names. The examples write into /etc: where it names the host
/// they run in a virtual machine all the same.
fn kernels() -> Vec<Kernel> {
    let places = Place::chosen().unwrap();
    let kernel = |place: &Place| match place {
        Place::Guest(kernel) => *kernel,
        Place::Host => Kernel::V6_1,
    };
    places.iter().map(kernel).collect()
}

#[test]
fn every_example_works() {
    for kernel in kernels() {
        let outcome = run_all(kernel);
        assert!(outcome.success(), "Linux {kernel}:\n{}", outcome.text());
    }
}

/// The example in the library's documentation, built. Cargo does so by itself only where all tests are run.
fn library_example() -> PathBuf {
    let build = ["build", "--quiet", "--locked", "--example", "table"];
    let built = Command::new(env!("CARGO")).args(build).status();
    assert!(built.unwrap().success());
    Path::new(env!("CARGO_BIN_EXE_ipvsadm")).with_file_name("examples/table")
}

fn run_all(kernel: Kernel) -> Outcome {
    let mut guest = Guest::new(kernel);
    let mut run = "modprobe ip_vs || exit\nmodprobe nf_tables\nstatus=0\n".to_owned();
    let mut count = 0;
    for page in PAGES {
        let all = page::examples(&page::source(page));
        for example in &all {
            count += 1;
            let file = format!("/tmp/example-{count}");
            guest = guest.text(&file, &format!("set -ex\n{}", script(example, &all)));
            run.push_str(&format!(
                "ip netns add n{count}\n\
                 ip netns exec n{count} sh {file} >{file}.log 2>&1 ||\n\
                 {{ status=1; echo 'FAILED: {page} {}'; cat {file}.log; }}\n",
                example.name
            ));
        }
    }
    let version = settings::parse_version(&kernel.to_string());
    let statuses = PAGES.map(|page| (page, statuses::script(&page::source(page))));
    let settings = settings::script(version);
    guest = guest.text("/tmp/settings", &settings);
    // Nothing has changed the settings of the first namespace.
    run.push_str("sh /tmp/settings || { status=1; echo 'FAILED: settings'; }\n");
    for (name, script) in statuses {
        let file = format!("/tmp/{name}");
        guest = guest.text(&file, &script);
        run.push_str(&format!(
            "ip netns add {name}\n\
             ip netns exec {name} sh {file} >{file}.log 2>&1 ||\n\
             {{ status=1; echo 'FAILED: {name}'; cat {file}.log; }}\n"
        ));
    }
    guest = guest.program(library_example(), "/bin/table");
    guest = guest.text("/tmp/table.expected", TABLE);
    run.push_str(
        "ip netns add table\n\
         ip -n table link set lo up\n\
         ip netns exec table /bin/table >/tmp/table.out 2>&1 && cmp /tmp/table.out /tmp/table.expected ||\n\
         { status=1; echo 'FAILED: the library'; cat /tmp/table.out; }\n",
    );
    run.push_str("exit $status\n");
    assert!(count >= 15, "only {count} examples");
    guest.run_with(&["sh", "-c", &run], &mut |_| {}).unwrap()
}
