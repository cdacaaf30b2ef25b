//! Draws what `cargo bench -- growth` has printed: the cost of a restore and of a listing against the size of the table.

use std::error::Error;
use std::ops::Range;

use plotters::prelude::*;

/// One size of the table, and what each program took for it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    pub services: u32,
    /// Millions of instructions, in the order of [`SERIES`].
    pub millions: [f64; 3],
}

/// What is drawn of one kind of work.
#[derive(Debug, Default, PartialEq)]
pub struct Panel {
    pub title: &'static str,
    pub points: Vec<Point>,
}

/// The names in the legend, with their colours: told apart by who sees no red or green, too.
pub const SERIES: [(&str, RGBColor); 3] = [
    ("ipvsadm 1.31", RGBColor(0xD5, 0x5E, 0x00)),
    ("this ipvsadm", RGBColor(0x00, 0x72, 0xB2)),
    ("floor: the kernel alone", RGBColor(0x70, 0x70, 0x70)),
];

/// The first word of a row, and the title of its panel.
const PANELS: [(&str, &str); 2] = [
    ("restore", "Restore: ipvsadm -R"),
    ("list", "Listing: ipvsadm -Ln"),
];

const SIZE: (u32, u32) = (960, 440);
const FONT: &str = "sans-serif";
const TEXT: RGBColor = RGBColor(0x24, 0x29, 0x2F);
const GRID: RGBColor = RGBColor(0xE4, 0xE7, 0xEB);

/// Reads the rows `restore 1000 x 10 ...` and `list 1000 x 10 ...` of a printed table, whatever else is printed.
pub fn panels(table: &str) -> Vec<Panel> {
    let panel = |(word, title)| Panel {
        title,
        points: table.lines().filter_map(|line| point(word, line)).collect(),
    };
    PANELS.into_iter().map(panel).collect()
}

/// The same of the table in README.md beside this file, in the section on growth.
pub fn panels_of_page(page: &str) -> Vec<Panel> {
    let section = page.split("## Growth\n").nth(1).unwrap_or_default();
    panels(section.split("```").nth(1).unwrap_or_default())
}

fn point(word: &str, line: &str) -> Option<Point> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let [first, services, "x", _servers, reference, ours, floor, ..] = words[..] else {
        return None;
    };
    let number = |word: &str| word.parse::<f64>().ok();
    (first == word).then_some(Point {
        services: services.parse().ok()?,
        millions: [number(reference)?, number(ours)?, number(floor)?],
    })
}

/// Draws the panels side by side, both axes logarithmic, as an SVG.
///
/// The ground is white, so that it can be read on a page of any colour.
///
/// # Errors
///
/// A panel has no point.
pub fn svg(panels: &[Panel]) -> Result<String, Box<dyn Error>> {
    let mut text = String::new();
    {
        let area = SVGBackend::with_string(&mut text, SIZE).into_drawing_area();
        area.fill(&WHITE)?;
        for (panel, area) in panels.iter().zip(area.split_evenly((1, panels.len()))) {
            draw(panel, &area)?;
        }
        area.present()?;
    }
    Ok(text)
}

fn draw(
    panel: &Panel,
    area: &DrawingArea<SVGBackend<'_>, plotters::coord::Shift>,
) -> Result<(), Box<dyn Error>> {
    let points = &panel.points;
    let services = range(points.iter().map(|point| f64::from(point.services)))
        .ok_or_else(|| format!("no figures for {}", panel.title))?;
    let millions = range(points.iter().flat_map(|point| point.millions))
        .ok_or_else(|| format!("no figures for {}", panel.title))?;
    let mut chart = ChartBuilder::on(area)
        .caption(panel.title, (FONT, 20).into_font().color(&TEXT))
        .margin(12)
        // Half of the last label of the axis stands there.
        .margin_right(32)
        .x_label_area_size(44)
        .y_label_area_size(72)
        .build_cartesian_2d(services.log_scale(), millions.log_scale())?;
    chart
        .configure_mesh()
        .x_desc("services, with 10 real servers each")
        .y_desc("millions of instructions")
        .axis_desc_style((FONT, 14).into_font().color(&TEXT))
        .label_style((FONT, 13).into_font().color(&TEXT))
        .axis_style(TEXT)
        .bold_line_style(GRID)
        .light_line_style(WHITE)
        .x_label_formatter(&|value| grouped(*value))
        .y_label_formatter(&|value| grouped(*value))
        .draw()?;
    for (index, (name, colour)) in SERIES.into_iter().enumerate() {
        let line = points
            .iter()
            .map(|point| (f64::from(point.services), point.millions[index]));
        chart
            .draw_series(LineSeries::new(line.clone(), colour.stroke_width(2)))?
            .label(name)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 20, y)], colour.stroke_width(2)));
        chart.draw_series(line.map(|place| Circle::new(place, 3, colour.filled())))?;
    }
    chart
        .configure_series_labels()
        .position(SeriesLabelPosition::UpperLeft)
        .label_font((FONT, 14).into_font().color(&TEXT))
        .background_style(WHITE)
        .border_style(GRID)
        .draw()?;
    Ok(())
}

/// The powers of ten around all values.
fn range(values: impl Iterator<Item = f64>) -> Option<Range<f64>> {
    let (low, high) = values.fold((f64::INFINITY, 0.0_f64), |(low, high), value| {
        (low.min(value), high.max(value))
    });
    let power = |exponent: f64| 10_f64.powf(exponent);
    (low > 0.0 && low <= high).then(|| power(low.log10().floor())..power(high.log10().ceil()))
}

/// A whole number with commas between its thousands.
fn grouped(value: f64) -> String {
    let digits = format!("{value:.0}");
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
