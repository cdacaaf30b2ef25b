//! Long names, tiny terminals, large tables.

use super::*;

#[test]
fn long_and_wide_names_are_cut_in_the_middle() {
    let mut look = Look::at(
        vec![service(
            "[2001:db8:1111:2222:3333:4444:5555:6666]:65535",
            &[
                ("[2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff]:65535", 1, 0),
                ("10.0.0.2:80", 1, 0),
            ],
        )],
        24,
        80,
    );
    look.labels.hosts =
        HashMap::from([("10.0.0.2".parse().unwrap(), "\u{7db2}\u{7ad9}".repeat(20))]);
    for columns in [80, 100, 132, 20] {
        look.size.columns = columns;
        for page in Page::ALL {
            let titles = look.rows()[1].clone();
            for row in &look.rows()[3..] {
                if page != Page::Settings && columns >= 80 {
                    assert_eq!(width(row), width(&titles), "{row}");
                }
                let port = if row.contains('\u{7db2}') {
                    ":80 "
                } else {
                    ":65535 "
                };
                assert!(row.contains('~') || columns >= 100, "{row}");
                assert!(row.contains(port.trim_end()), "{row}");
            }
            look.press(Key::NextPage);
        }
    }
}

#[test]
fn tiny_terminals_and_no_table() {
    for rows in 1..6 {
        for columns in 1..25 {
            for table in [two(), Vec::new()] {
                let mut look = Look::at(table, rows, columns);
                for key in [
                    Key::Down,
                    Key::End,
                    Key::FoldAll,
                    Key::Fold,
                    Key::NextPage,
                    Key::PageUp,
                ] {
                    look.press(key);
                    assert!(look.rows().len() <= rows.max(2), "{rows} x {columns}");
                }
            }
        }
    }
}

#[test]
fn ten_thousand_services() {
    let table: Table = (0..10_000)
        .map(|number| {
            let address = format!("10.1.{}.{}:80", number / 250, number % 250 + 1);
            service(&address, &[("10.0.0.1:80", 1, 0), ("10.0.0.2:80", 1, 0)])
        })
        .collect();
    let mut look = Look::at(table.clone(), 24, 80);
    assert_eq!(look.rows()[23], "-- 29979 more lines --");
    look.press(Key::FoldAll);
    look.becomes(table);
    look.press(Key::End);
    let rows = look.rows();
    assert_eq!(rows[23], "-- no more lines, 9979 above --");
    assert!(
        rows[22].starts_with("> TCP  10.1.39.250:80 ..."),
        "{}",
        rows[22]
    );
}
