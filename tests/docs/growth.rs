//! The picture of how costs grow: everything is in it, and the one that is kept is of the table beside it.

use std::fs;
use std::path::Path;

use crate::chart::{self, Point, SERIES};

const TABLE: &str = "\
                            reference       ours      floor   ours/floor     ours/ref
restore 100 x 10                150.2       19.1       15.5         1.23         0.13
  peak memory, KiB               2692       2692
list 100 x 10                    35.5       13.6        6.5         2.09         0.38
save 100 x 10                    34.2       13.8        6.5         2.13         0.41
  read by 32 KiB                                       12.4         1.11
--json 100 x 10                             16.5                                 1.19
restore 1000 x 10              1478.0      168.7      154.1         1.09         0.11
list 1000 x 10                  334.5      108.3       65.5         1.65         0.32
";

#[test]
fn table_is_read() {
    let point = |services, millions| Point { services, millions };
    let panels = chart::panels(TABLE);
    let titles: Vec<&str> = panels.iter().map(|panel| panel.title).collect();
    assert_eq!(titles, ["Restore: ipvsadm -R", "Listing: ipvsadm -Ln"]);
    assert_eq!(
        panels[0].points,
        [
            point(100, [150.2, 19.1, 15.5]),
            point(1000, [1478.0, 168.7, 154.1])
        ]
    );
    assert_eq!(
        panels[1].points,
        [
            point(100, [35.5, 13.6, 6.5]),
            point(1000, [334.5, 108.3, 65.5])
        ]
    );
}

/// The places of the circles of a colour, from left to right and from top to bottom of a panel.
fn circles(svg: &str, colour: &str) -> Vec<(i32, i32)> {
    let number = |line: &str, name: &str| -> i32 {
        let (_, rest) = line.split_once(&format!(" {name}=\"")).unwrap();
        rest.split('"').next().unwrap().parse().unwrap()
    };
    svg.lines()
        .filter(|line| line.starts_with("<circle") && line.contains(colour))
        .map(|line| (number(line, "cx"), number(line, "cy")))
        .collect()
}

#[test]
fn every_series_and_point_is_drawn() {
    let panels = chart::panels(TABLE);
    let svg = chart::svg(&panels).unwrap();
    let mut places = Vec::new();
    for (name, colour) in SERIES {
        let colour = format!("#{:02X}{:02X}{:02X}", colour.0, colour.1, colour.2);
        let drawn = circles(&svg, &colour);
        assert_eq!(drawn.len(), 4, "{name}: {drawn:?}");
        // A line through the two points of each panel, and one in each legend.
        let lines = svg.lines().filter(|line| {
            line.starts_with("<polyline") && line.contains(&format!("stroke=\"{colour}\""))
        });
        assert_eq!(lines.count(), 4, "{name}");
        assert_eq!(svg.matches(&format!("\n{name}\n")).count(), 2, "{name}");
        places.push(drawn);
    }
    for (panel, first) in panels.iter().zip([0, 2]) {
        for (index, point) in panel.points.iter().enumerate() {
            for (series, other) in [(0, 1), (1, 2)] {
                let (a, b) = (places[series][first + index], places[other][first + index]);
                assert_eq!(a.0, b.0, "of one size: {point:?}");
                assert!(
                    point.millions[series] > point.millions[other] && a.1 < b.1,
                    "{point:?}"
                );
            }
        }
        assert!(places[0][first].0 < places[0][first + 1].0);
    }
    for text in [
        "services, with 10 real servers each",
        "millions of instructions",
        "1,000",
    ] {
        assert!(svg.matches(&format!("\n{text}\n")).count() >= 2, "{text}");
    }
    for panel in &panels {
        assert_eq!(svg.matches(&format!("\n{}\n", panel.title)).count(), 1);
    }
}

#[test]
fn nothing_to_draw_is_an_error() {
    let error = chart::svg(&chart::panels("no rows")).unwrap_err();
    assert_eq!(error.to_string(), "no figures for Restore: ipvsadm -R");
}

/// Who measures anew puts the table into the page and keeps the picture.
#[test]
fn picture_is_of_the_table_beside_it() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bench");
    let page = fs::read_to_string(folder.join("README.md")).unwrap();
    let panels = chart::panels_of_page(&page);
    assert!(
        panels.iter().all(|panel| panel.points.len() == 5),
        "{panels:?}"
    );
    let kept = fs::read_to_string(folder.join("growth.svg")).unwrap();
    assert!(
        kept == chart::svg(&panels).unwrap(),
        "growth.svg is of another table"
    );
}
