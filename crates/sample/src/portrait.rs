//! A drawn portrait: plainly a drawing, yet with a face's light and shade.
//!
//! 480×640 pixels, the head about 56 % of the height, light plain background, so that a photo of
//! these has nothing for the checks to say.

use image::codecs::jpeg::JpegEncoder;
use image::{ExtendedColorType, Rgb, RgbImage};
use profile::Sex;
use tiny_skia::{
    Color, FillRule, GradientStop, LineCap, LinearGradient, Paint, Path, PathBuilder, Pixmap,
    Point, RadialGradient, Rect, Shader, SpreadMode, Stroke, Transform,
};

use crate::Person;
use crate::dice::{Dice, Use};

/// Width in pixels.
const WIDTH: u32 = 480;
/// Height in pixels.
const HEIGHT: u32 = 640;
/// JPEG quality; the files take 25 to 45 kB.
const QUALITY: u8 = 88;

/// The portrait of a person as a JPEG of 480×640 pixels, about 30 kB.
///
/// `seed` is that of the run. The same seed and person give the same bytes.
pub fn portrait(seed: u64, person: &Person) -> Vec<u8> {
    let mut dice = Dice::new(seed, person.number, Use::Portrait);
    let age = f32::from(2026 - person.birth.year());
    let look = Look::draw(person.sex, age, &mut dice);
    let mut canvas = Canvas::new();
    paint(&mut canvas, &look);
    canvas.into_jpeg(&mut dice)
}

/// What distinguishes one drawing from another.
#[expect(clippy::struct_excessive_bools, reason = "each is a trait that a face has or has not")]
struct Look {
    female: bool,
    /// Centre of the face, half its width and half its height, in pixels.
    x: f32,
    y: f32,
    rx: f32,
    ry: f32,
    /// How narrow the jaw is, 0.5 to 0.7 of the half width.
    jaw: f32,
    skin: [f32; 3],
    hair: [f32; 3],
    backdrop: [f32; 3],
    cloth: [f32; 3],
    eye_gap: f32,
    eye_size: f32,
    brow: f32,
    mouth: f32,
    nose: f32,
    hairline: f32,
    long_hair: bool,
    glasses: bool,
    ao_dai: bool,
    tie: Option<[f32; 3]>,
    wrinkles: f32,
}

impl Look {
    fn draw(sex: Sex, age: f32, dice: &mut Dice) -> Self {
        let female = sex == Sex::Female;
        let tone = dice.between(0.0, 1.0);
        let grey = ((age - 45.0) / 25.0).clamp(0.0, 0.8) * dice.between(0.2, 1.0);
        let backdrops =
            [[0.93, 0.95, 0.98], [0.97, 0.97, 0.96], [0.80, 0.89, 0.97], [0.88, 0.92, 0.94]];
        let cloths = if female {
            [[0.95, 0.95, 0.97], [0.55, 0.12, 0.22], [0.16, 0.26, 0.46], [0.86, 0.72, 0.78]]
        } else {
            [[0.95, 0.96, 0.98], [0.78, 0.86, 0.95], [0.18, 0.20, 0.26], [0.90, 0.92, 0.94]]
        };
        let ties = [[0.45, 0.08, 0.12], [0.10, 0.16, 0.36], [0.12, 0.30, 0.26]];
        let tie = (!female && dice.percent(45)).then(|| *dice.pick(&ties));
        Self {
            female,
            x: 240.0 + dice.between(-6.0, 6.0),
            y: 304.0 + dice.between(-6.0, 6.0),
            rx: dice.between(118.0, 130.0) - if female { 6.0 } else { 0.0 },
            ry: dice.between(160.0, 172.0),
            jaw: dice.between(0.50, 0.66) - if female { 0.06 } else { 0.0 },
            skin: [0.96 - 0.10 * tone, 0.80 - 0.13 * tone, 0.68 - 0.15 * tone],
            hair: [0.09 + 0.5 * grey, 0.075 + 0.5 * grey, 0.07 + 0.5 * grey],
            backdrop: *dice.pick(&backdrops),
            cloth: *dice.pick(&cloths),
            eye_gap: dice.between(50.0, 56.0),
            eye_size: dice.between(22.0, 26.0),
            brow: dice.between(6.0, 9.0) - if female { 2.0 } else { 0.0 },
            mouth: dice.between(38.0, 47.0),
            nose: dice.between(21.0, 27.0),
            hairline: dice.between(0.50, 0.66),
            long_hair: female && dice.percent(75),
            glasses: dice.percent(16),
            ao_dai: female && dice.percent(40),
            tie,
            wrinkles: ((age - 40.0) / 25.0).clamp(0.0, 1.0),
        }
    }

    fn eye_y(&self) -> f32 {
        self.y - self.ry * 0.05
    }
}

fn paint(canvas: &mut Canvas, look: &Look) {
    backdrop(canvas, look);
    if look.long_hair {
        back_hair(canvas, look);
    }
    neck_and_clothes(canvas, look);
    head(canvas, look);
    for side in [-1.0, 1.0] {
        eye(canvas, look, side);
    }
    nose(canvas, look);
    mouth(canvas, look);
    front_hair(canvas, look);
    if look.glasses {
        glasses(canvas, look);
    }
}

fn backdrop(canvas: &mut Canvas, look: &Look) {
    let [r, g, b] = look.backdrop;
    let shader = linear((0.0, 0.0), (0.0, 640.0), [r, g, b], darker([r, g, b], 0.92));
    canvas.rect(0.0, 0.0, 480.0, 640.0, shader);
}

fn back_hair(canvas: &mut Canvas, look: &Look) {
    let Look { x, y, rx, ry, .. } = *look;
    let path = closed(|p| {
        p.move_to(x - rx * 0.6, y - ry * 1.02);
        p.cubic_to(
            x - rx * 1.5,
            y - ry * 0.7,
            x - rx * 1.25,
            y + ry * 0.6,
            x - rx * 1.35,
            y + ry * 1.35,
        );
        p.cubic_to(
            x - rx * 0.9,
            y + ry * 1.5,
            x + rx * 0.9,
            y + ry * 1.5,
            x + rx * 1.35,
            y + ry * 1.35,
        );
        p.cubic_to(
            x + rx * 1.25,
            y + ry * 0.6,
            x + rx * 1.5,
            y - ry * 0.7,
            x + rx * 0.6,
            y - ry * 1.02,
        );
    });
    let shader = linear((x - rx, 0.0), (x + rx, 0.0), darker(look.hair, 1.5), look.hair);
    canvas.fill(path.as_ref(), shader);
}

fn neck_and_clothes(canvas: &mut Canvas, look: &Look) {
    let Look { x, y, rx, ry, skin, cloth, .. } = *look;
    let (chin, shoulder) = (y + ry, y + ry + 62.0);
    let neck = rx * if look.female { 0.46 } else { 0.58 };
    let path = closed(|p| {
        p.move_to(x - neck, chin - 60.0);
        p.line_to(x + neck, chin - 60.0);
        p.cubic_to(
            x + neck,
            chin + 40.0,
            x + neck * 1.3,
            shoulder,
            x + neck * 1.9,
            shoulder + 26.0,
        );
        p.line_to(x - neck * 1.9, shoulder + 26.0);
        p.cubic_to(x - neck * 1.3, shoulder, x - neck, chin + 40.0, x - neck, chin - 60.0);
    });
    let shader = linear((x, chin - 20.0), (x, shoulder), darker(skin, 0.66), darker(skin, 0.93));
    canvas.fill(path.as_ref(), shader);

    let path = closed(|p| {
        p.move_to(x - neck * 1.15, shoulder - 22.0);
        p.cubic_to(x - 120.0, shoulder + 14.0, x - 190.0, shoulder + 30.0, x - 228.0, 645.0);
        p.line_to(x + 228.0, 645.0);
        p.cubic_to(
            x + 190.0,
            shoulder + 30.0,
            x + 120.0,
            shoulder + 14.0,
            x + neck * 1.15,
            shoulder - 22.0,
        );
        p.cubic_to(
            x + neck * 0.6,
            shoulder + 30.0,
            x - neck * 0.6,
            shoulder + 30.0,
            x - neck * 1.15,
            shoulder - 22.0,
        );
    });
    let shader = linear((x - 200.0, 560.0), (x + 220.0, 640.0), cloth, darker(cloth, 0.78));
    canvas.fill(path.as_ref(), shader);

    let fold = darker(cloth, 0.62);
    if look.ao_dai {
        // The high collar of an áo dài, closed at the neck, and its slanting seam.
        let path = closed(|p| {
            p.move_to(x - neck * 1.15, shoulder - 36.0);
            p.quad_to(x, shoulder + 14.0, x + neck * 1.15, shoulder - 36.0);
            p.line_to(x + neck * 1.2, shoulder - 8.0);
            p.quad_to(x, shoulder + 46.0, x - neck * 1.2, shoulder - 8.0);
        });
        canvas.fill(path.as_ref(), solid(darker(cloth, 0.9), 1.0));
        canvas.line(
            &[(x, shoulder + 18.0), (x + 60.0, shoulder + 60.0), (x + 130.0, 640.0)],
            2.5,
            fold,
            0.8,
        );
        return;
    }
    for side in [-1.0, 1.0] {
        let path = closed(|p| {
            p.move_to(x + side * neck * 1.12, shoulder - 30.0);
            p.line_to(x + side * 8.0, shoulder + 40.0);
            p.line_to(x + side * (neck * 1.1), shoulder + 58.0);
            p.line_to(x + side * (neck * 1.55), shoulder - 4.0);
        });
        canvas.fill(path.as_ref(), solid(darker(cloth, 1.04), 1.0));
        canvas.line(
            &[
                (x + side * 8.0, shoulder + 40.0),
                (x + side * neck * 1.1, shoulder + 58.0),
                (x + side * neck * 1.55, shoulder - 4.0),
            ],
            2.0,
            fold,
            0.8,
        );
    }
    if let Some(tie) = look.tie {
        let path = closed(|p| {
            p.move_to(x - 14.0, shoulder + 34.0);
            p.line_to(x + 14.0, shoulder + 34.0);
            p.line_to(x + 9.0, shoulder + 58.0);
            p.line_to(x + 22.0, 645.0);
            p.line_to(x - 22.0, 645.0);
            p.line_to(x - 9.0, shoulder + 58.0);
        });
        canvas.fill(
            path.as_ref(),
            linear((x - 16.0, 560.0), (x + 18.0, 600.0), tie, darker(tie, 0.7)),
        );
    } else {
        canvas.line(&[(x, shoulder + 42.0), (x, 640.0)], 2.0, fold, 0.7);
    }
}

fn head(canvas: &mut Canvas, look: &Look) {
    let Look { x, y, rx, ry, jaw, skin, .. } = *look;
    if !look.long_hair {
        for side in [-1.0, 1.0] {
            let shader =
                radial((x + side * rx, y + 4.0), 30.0, darker(skin, 0.92), darker(skin, 0.72));
            canvas.ellipse(x + side * rx * 0.99, y + 6.0, 14.0, 34.0, shader);
        }
    }
    let face = face_path(x, y, rx, ry, jaw);
    let light = (x - rx * 0.2, y - ry * 0.15);
    canvas.fill(face.as_ref(), radial(light, ry * 1.15, darker(skin, 1.06), darker(skin, 0.74)));

    // Cheeks, temples, the shade under the brows and beside the nose: what a detector looks for.
    for side in [-1.0, 1.0] {
        canvas.glow(x + side * rx * 0.55, y + ry * 0.28, 42.0, [0.86, 0.45, 0.40], 0.22);
        canvas.glow(x + side * look.eye_gap, look.eye_y() - 4.0, 46.0, darker(skin, 0.45), 0.55);
        canvas.glow(x + side * rx * 0.95, y + ry * 0.15, 46.0, darker(skin, 0.45), 0.35);
    }
    canvas.glow(x, y + ry * 0.95, 60.0, darker(skin, 0.5), 0.35);
    canvas.glow(x, y - ry * 0.45, 70.0, [1.0, 0.96, 0.90], 0.30);
    if look.wrinkles > 0.05 {
        let ink = darker(skin, 0.55);
        let alpha = 0.45 * look.wrinkles;
        for side in [-1.0, 1.0] {
            canvas.line(
                &[
                    (x + side * 28.0, y + ry * 0.30),
                    (x + side * 46.0, y + ry * 0.42),
                    (x + side * 50.0, y + ry * 0.56),
                ],
                2.0,
                ink,
                alpha,
            );
        }
        for step in [0.38_f32, 0.46] {
            let at = y - ry * step;
            canvas.line(&[(x - 48.0, at), (x, at - 5.0), (x + 48.0, at)], 1.6, ink, alpha * 0.7);
        }
    }
}

fn eye(canvas: &mut Canvas, look: &Look, side: f32) {
    let (x, y, size) = (look.x + side * look.eye_gap, look.eye_y(), look.eye_size);
    let half = size * 0.42;
    let almond = closed(|p| {
        p.move_to(x - size, y + 2.0);
        p.cubic_to(x - size * 0.5, y - half * 1.5, x + size * 0.5, y - half * 1.5, x + size, y);
        p.cubic_to(
            x + size * 0.5,
            y + half * 1.1,
            x - size * 0.5,
            y + half * 1.1,
            x - size,
            y + 2.0,
        );
    });
    canvas.fill(almond.as_ref(), solid([0.93, 0.92, 0.90], 1.0));
    let iris = half * 1.02;
    canvas.ellipse(
        x,
        y - 1.0,
        iris,
        iris,
        radial((x, y), iris, [0.10, 0.06, 0.04], [0.24, 0.14, 0.09]),
    );
    canvas.ellipse(x - 3.0, y - 4.0, 2.4, 2.4, solid([1.0, 1.0, 1.0], 0.9));
    let lash = [0.10, 0.07, 0.06];
    let lid = [(x - size * 1.02, y + 2.0), (x, y - half * 1.75), (x + size * 1.05, y - 1.0)];
    canvas.curve(lid, if look.female { 4.4 } else { 3.6 }, lash, 0.95);
    let fold = [(x - size * 0.95, y - 5.0), (x, y - half * 2.4), (x + size, y - 7.0)];
    canvas.curve(fold, 1.8, darker(look.skin, 0.5), 0.7);
    let under = [(x - size * 0.8, y + 6.0), (x, y + half * 1.7), (x + size * 0.85, y + 5.0)];
    canvas.curve(under, 1.8, darker(look.skin, 0.55), 0.6 + 0.3 * look.wrinkles);

    let brow_y = y - size * 1.25;
    let brow = [
        (x - side * size * 1.05, brow_y + 5.0),
        (x + side * size * 0.2, brow_y - 9.0),
        (x + side * size * 1.35, brow_y + 4.0),
    ];
    canvas.curve(brow, look.brow, look.hair, 0.9);
}

fn nose(canvas: &mut Canvas, look: &Look) {
    let Look { x, y, ry, skin, .. } = *look;
    let (top, tip, wing) = (look.eye_y() + 4.0, y + ry * 0.31, look.nose);
    for side in [-1.0, 1.0] {
        let bridge = [
            (x + side * 11.0, top),
            (x + side * 9.0, tip - 40.0),
            (x + side * wing * 0.8, tip - 8.0),
        ];
        let alpha = if side > 0.0 { 0.55 } else { 0.30 };
        canvas.curve(bridge, 7.0, darker(skin, 0.72), alpha);
        canvas.ellipse(
            x + side * wing * 0.86,
            tip - 2.0,
            10.0,
            9.0,
            solid(darker(skin, 0.86), 0.8),
        );
        canvas.ellipse(x + side * wing * 0.46, tip + 5.0, 6.5, 3.8, solid(darker(skin, 0.30), 0.9));
    }
    canvas.line(&[(x - 1.0, top + 6.0), (x - 1.0, tip - 16.0)], 7.0, [1.0, 0.95, 0.88], 0.35);
    canvas.glow(x - 2.0, tip - 10.0, 17.0, [1.0, 0.93, 0.86], 0.55);
    let base = [(x - wing, tip + 5.0), (x, tip + 15.0), (x + wing, tip + 5.0)];
    canvas.curve(base, 3.0, darker(skin, 0.55), 0.6);
}

fn mouth(canvas: &mut Canvas, look: &Look) {
    let Look { x, y, ry, skin, mouth: half, .. } = *look;
    let line = y + ry * 0.56;
    let lip = if look.female { [0.76, 0.30, 0.32] } else { [0.68, 0.40, 0.37] };
    let upper = closed(|p| {
        p.move_to(x - half, line);
        p.cubic_to(x - half * 0.5, line - 13.0, x - 10.0, line - 16.0, x, line - 10.0);
        p.cubic_to(x + 10.0, line - 16.0, x + half * 0.5, line - 13.0, x + half, line);
        p.quad_to(x, line + 6.0, x - half, line);
    });
    canvas.fill(upper.as_ref(), solid(darker(lip, 0.82), 0.95));
    let lower = closed(|p| {
        p.move_to(x - half, line);
        p.quad_to(x, line + 6.0, x + half, line);
        p.cubic_to(x + half * 0.5, line + 22.0, x - half * 0.5, line + 22.0, x - half, line);
    });
    canvas.fill(lower.as_ref(), linear((x, line), (x, line + 20.0), lip, darker(lip, 1.12)));
    canvas.curve(
        [(x - half * 1.04, line - 1.0), (x, line + 6.0), (x + half * 1.04, line - 1.0)],
        2.8,
        [0.30, 0.12, 0.11],
        0.9,
    );
    canvas.glow(x, line + 32.0, 26.0, darker(skin, 0.5), 0.40);
    canvas.glow(x, line + 56.0, 30.0, [1.0, 0.95, 0.88], 0.25);
}

fn front_hair(canvas: &mut Canvas, look: &Look) {
    let Look { x, y, rx, ry, hairline, .. } = *look;
    let top = y - ry * 1.13;
    let line = y - ry * hairline;
    let side_end = if look.female { y + ry * 0.10 } else { y - ry * 0.12 };
    let path = closed(|p| {
        p.move_to(x - rx * 1.04, side_end);
        p.cubic_to(x - rx * 1.25, y - ry * 0.75, x - rx * 0.75, top, x, top);
        p.cubic_to(x + rx * 0.75, top, x + rx * 1.25, y - ry * 0.75, x + rx * 1.04, side_end);
        p.cubic_to(
            x + rx * 0.96,
            y - ry * 0.30,
            x + rx * 0.86,
            line - 6.0,
            x + rx * 0.45,
            line - 8.0,
        );
        p.cubic_to(x + rx * 0.1, line - 16.0, x - rx * 0.2, line - 22.0, x - rx * 0.42, line);
        p.cubic_to(
            x - rx * 0.84,
            line + 8.0,
            x - rx * 0.95,
            y - ry * 0.30,
            x - rx * 1.04,
            side_end,
        );
    });
    canvas.fill(
        path.as_ref(),
        linear((x - rx, top), (x + rx, line), darker(look.hair, 1.9), look.hair),
    );
    let shine =
        [(x - rx * 0.62, line - 30.0), (x - rx * 0.2, top + 22.0), (x + rx * 0.35, top + 26.0)];
    canvas.curve(shine, 9.0, [0.55, 0.52, 0.50], 0.22);
}

fn glasses(canvas: &mut Canvas, look: &Look) {
    let (y, frame) = (look.eye_y() + 3.0, [0.12, 0.12, 0.14]);
    for side in [-1.0, 1.0] {
        let x = look.x + side * look.eye_gap;
        if let Some(rect) = Rect::from_xywh(x - 40.0, y - 25.0, 80.0, 52.0)
            && let Some(path) = PathBuilder::from_oval(rect)
        {
            canvas.stroke(&path, 3.2, frame, 0.9);
        }
        canvas.line(
            &[(x + side * 40.0, y - 6.0), (look.x + side * look.rx * 0.98, y - 10.0)],
            3.2,
            frame,
            0.9,
        );
    }
    let gap = look.eye_gap - 40.0;
    canvas.curve(
        [(look.x - gap, y - 4.0), (look.x, y - 14.0), (look.x + gap, y - 4.0)],
        3.2,
        frame,
        0.9,
    );
}

/// An egg: round above, narrowing to the jaw.
fn face_path(x: f32, y: f32, rx: f32, ry: f32, jaw: f32) -> Option<Path> {
    closed(|p| {
        p.move_to(x - rx, y - ry * 0.1);
        p.cubic_to(x - rx, y - ry * 0.75, x - rx * 0.6, y - ry, x, y - ry);
        p.cubic_to(x + rx * 0.6, y - ry, x + rx, y - ry * 0.75, x + rx, y - ry * 0.1);
        p.cubic_to(
            x + rx,
            y + ry * 0.4,
            x + rx * (jaw + 0.2),
            y + ry * 0.8,
            x + rx * jaw * 0.6,
            y + ry * 0.95,
        );
        p.quad_to(x, y + ry * 1.05, x - rx * jaw * 0.6, y + ry * 0.95);
        p.cubic_to(x - rx * (jaw + 0.2), y + ry * 0.8, x - rx, y + ry * 0.4, x - rx, y - ry * 0.1);
    })
}

fn closed(draw: impl FnOnce(&mut PathBuilder)) -> Option<Path> {
    let mut path = PathBuilder::new();
    draw(&mut path);
    path.close();
    path.finish()
}

fn darker(colour: [f32; 3], factor: f32) -> [f32; 3] {
    colour.map(|channel| (channel * factor).clamp(0.0, 1.0))
}

fn colour([r, g, b]: [f32; 3], alpha: f32) -> Color {
    Color::from_rgba(r, g, b, alpha).unwrap_or(Color::BLACK)
}

fn solid(rgb: [f32; 3], alpha: f32) -> Shader<'static> {
    Shader::SolidColor(colour(rgb, alpha))
}

fn linear(from: (f32, f32), to: (f32, f32), first: [f32; 3], last: [f32; 3]) -> Shader<'static> {
    let stops =
        vec![GradientStop::new(0.0, colour(first, 1.0)), GradientStop::new(1.0, colour(last, 1.0))];
    LinearGradient::new(
        Point::from_xy(from.0, from.1),
        Point::from_xy(to.0, to.1),
        stops,
        SpreadMode::Pad,
        Transform::identity(),
    )
    .unwrap_or_else(|| solid(first, 1.0))
}

fn radial(centre: (f32, f32), radius: f32, inner: [f32; 3], outer: [f32; 3]) -> Shader<'static> {
    fading(centre, radius, colour(inner, 1.0), colour(outer, 1.0))
}

fn fading(centre: (f32, f32), radius: f32, inner: Color, outer: Color) -> Shader<'static> {
    let centre = Point::from_xy(centre.0, centre.1);
    let stops = vec![GradientStop::new(0.0, inner), GradientStop::new(1.0, outer)];
    RadialGradient::new(centre, 0.0, centre, radius, stops, SpreadMode::Pad, Transform::identity())
        .unwrap_or(Shader::SolidColor(inner))
}

/// A sheet of pixels and the few ways of drawing on it.
struct Canvas(Pixmap);

impl Canvas {
    fn new() -> Self {
        Self(Pixmap::new(WIDTH, HEIGHT).expect("the size is not zero"))
    }

    fn fill(&mut self, path: Option<&Path>, shader: Shader<'_>) {
        let Some(path) = path else { return };
        let paint = Paint { shader, anti_alias: true, ..Paint::default() };
        self.0.fill_path(path, &paint, FillRule::Winding, Transform::identity(), None);
    }

    fn rect(&mut self, x: f32, y: f32, width: f32, height: f32, shader: Shader<'_>) {
        let Some(rect) = Rect::from_xywh(x, y, width, height) else { return };
        let paint = Paint { shader, ..Paint::default() };
        self.0.fill_rect(rect, &paint, Transform::identity(), None);
    }

    fn ellipse(&mut self, x: f32, y: f32, rx: f32, ry: f32, shader: Shader<'_>) {
        let rect = Rect::from_xywh(x - rx, y - ry, rx * 2.0, ry * 2.0);
        self.fill(rect.and_then(PathBuilder::from_oval).as_ref(), shader);
    }

    /// A round spot that fades to nothing.
    fn glow(&mut self, x: f32, y: f32, radius: f32, rgb: [f32; 3], alpha: f32) {
        self.ellipse(
            x,
            y,
            radius,
            radius,
            fading((x, y), radius, colour(rgb, alpha), colour(rgb, 0.0)),
        );
    }

    fn line(&mut self, points: &[(f32, f32)], width: f32, rgb: [f32; 3], alpha: f32) {
        let mut path = PathBuilder::new();
        for (at, (x, y)) in points.iter().enumerate() {
            if at == 0 { path.move_to(*x, *y) } else { path.line_to(*x, *y) }
        }
        if let Some(path) = path.finish() {
            self.stroke(&path, width, rgb, alpha);
        }
    }

    /// A curve from the first point to the last, pulled by the middle one.
    fn curve(&mut self, [from, pull, to]: [(f32, f32); 3], width: f32, rgb: [f32; 3], alpha: f32) {
        let mut path = PathBuilder::new();
        path.move_to(from.0, from.1);
        path.quad_to(pull.0, pull.1, to.0, to.1);
        if let Some(path) = path.finish() {
            self.stroke(&path, width, rgb, alpha);
        }
    }

    fn stroke(&mut self, path: &Path, width: f32, rgb: [f32; 3], alpha: f32) {
        let paint = Paint { shader: solid(rgb, alpha), anti_alias: true, ..Paint::default() };
        let stroke = Stroke { width, line_cap: LineCap::Round, ..Stroke::default() };
        self.0.stroke_path(path, &paint, &stroke, Transform::identity(), None);
    }

    /// The drawing with a little grain, as a JPEG.
    fn into_jpeg(self, dice: &mut Dice) -> Vec<u8> {
        let mut grain = u32::try_from(dice.below(u64::from(u32::MAX))).unwrap_or(1) | 1;
        let mut picture = RgbImage::new(WIDTH, HEIGHT);
        for (to, from) in picture.pixels_mut().zip(self.0.pixels()) {
            grain ^= grain << 13;
            grain ^= grain >> 17;
            grain ^= grain << 5;
            let shift = i16::try_from(grain % 7).unwrap_or(0) - 3;
            let grained = |channel: u8| {
                u8::try_from((i16::from(channel) + shift).clamp(0, 255)).unwrap_or(channel)
            };
            *to = Rgb([grained(from.red()), grained(from.green()), grained(from.blue())]);
        }
        let mut jpeg = Vec::with_capacity(48 * 1024);
        JpegEncoder::new_with_quality(&mut jpeg, QUALITY)
            .encode(picture.as_raw(), WIDTH, HEIGHT, ExtendedColorType::Rgb8)
            .expect("480×640 pixels always encode into memory");
        jpeg
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use sha2::{Digest, Sha256};

    use super::*;
    use crate::{Options, People};

    #[test]
    fn same_seed_gives_the_same_portrait_and_each_person_another() {
        let people: Vec<Person> = People::new(838, &Options::new(20)).unwrap().collect();
        let hashes: HashSet<Vec<u8>> =
            people.iter().map(|p| Sha256::digest(portrait(838, p)).to_vec()).collect();
        assert_eq!(hashes.len(), 20);
        assert_eq!(portrait(838, &people[3]), portrait(838, &people[3]));
        assert_ne!(portrait(838, &people[3]), portrait(839, &people[3]));
    }

    #[test]
    fn portrait_is_a_jpeg_of_480_by_640_and_about_30_kb() {
        for person in People::new(7, &Options::new(12)).unwrap() {
            let jpeg = portrait(7, &person);
            let picture = image::load_from_memory(&jpeg).unwrap();
            assert_eq!((picture.width(), picture.height()), (480, 640));
            assert!((15_000..60_000).contains(&jpeg.len()), "{}", jpeg.len());
        }
    }
}
