//! Plots as SVG text.

use plotters::prelude::*;

use crate::EvalError;

/// Colours that are told apart in print and by the colour-blind (Okabe and Ito).
const COLOURS: [RGBColor; 7] = [
    RGBColor(0, 114, 178),
    RGBColor(213, 94, 0),
    RGBColor(0, 158, 115),
    RGBColor(204, 121, 167),
    RGBColor(230, 159, 0),
    RGBColor(86, 180, 233),
    RGBColor(120, 120, 120),
];

/// One line of a panel.
pub struct Line {
    /// Its name.
    pub name: String,
    /// Its points.
    pub points: Vec<(f64, f64)>,
}

/// One panel: axes and lines.
pub struct Panel {
    /// What it shows.
    pub title: String,
    /// What is on the axes.
    pub axes: [&'static str; 2],
    /// From where to where they go.
    pub ranges: [(f64, f64); 2],
    /// The lines.
    pub lines: Vec<Line>,
    /// Is each point marked?
    pub has_marks: bool,
}

/// The panels side by side.
///
/// # Errors
/// [`EvalError::Plot`].
pub fn svg(panels: &[Panel]) -> Result<String, EvalError> {
    let mut text = String::new();
    {
        let size = (520 * panels.len() as u32, 460);
        let root = SVGBackend::with_string(&mut text, size).into_drawing_area();
        root.fill(&WHITE).map_err(told)?;
        for (area, panel) in root.split_evenly((1, panels.len())).iter().zip(panels) {
            draw(area, panel)?;
        }
        root.present().map_err(told)?;
    }
    Ok(text)
}

fn told(error: impl std::fmt::Display) -> EvalError {
    EvalError::Plot(error.to_string())
}

fn draw(area: &DrawingArea<SVGBackend<'_>, plotters::coord::Shift>, panel: &Panel) -> Result<(), EvalError> {
    let [(x0, x1), (y0, y1)] = panel.ranges;
    let mut chart = ChartBuilder::on(area)
        .margin(12)
        .caption(&panel.title, ("sans-serif", 16))
        .x_label_area_size(38)
        .y_label_area_size(48)
        .build_cartesian_2d(x0..x1, y0..y1)
        .map_err(told)?;
    let mut mesh = chart.configure_mesh();
    mesh.x_desc(panel.axes[0]).y_desc(panel.axes[1]).light_line_style(TRANSPARENT);
    mesh.draw().map_err(told)?;
    for (n, line) in panel.lines.iter().enumerate() {
        let colour = COLOURS[n % COLOURS.len()];
        let series = LineSeries::new(line.points.iter().copied(), colour.stroke_width(2));
        chart
            .draw_series(series)
            .map_err(told)?
            .label(&line.name)
            .legend(move |(x, y)| PathElement::new([(x, y), (x + 16, y)], colour.stroke_width(2)));
        if panel.has_marks {
            let mark = |point: &(f64, f64)| Circle::new(*point, 3, colour.filled());
            chart.draw_series(line.points.iter().map(mark)).map_err(told)?;
        }
    }
    let mut labels = chart.configure_series_labels();
    labels
        .position(SeriesLabelPosition::LowerRight)
        .background_style(WHITE.mix(0.8))
        .border_style(BLACK.mix(0.3));
    labels.draw().map_err(told)
}
