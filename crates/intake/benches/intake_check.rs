//! Rows per second of a check against reading the same workbook with calamine's streaming cells
//! alone, and the peak of memory for 300 000 rows.
//!
//! Run with `cargo bench --profile dev -p intake --bench intake_check`; a number after `--` is the
//! number of rows. The workbook is made by another process, so that making it does not count.

use std::error::Error;
use std::fs::File;
use std::hint::black_box;
use std::io::{BufReader, Write};
use std::ops::ControlFlow;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use calamine::{Reader, Xlsx};
use intake::rows::{self, Options, Row, Totals};
use jiff::civil::date;
use profile::Profile;
use rust_xlsxwriter::Workbook;

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [job, path, count] = arguments.as_slice()
        && job == "make"
    {
        return make(Path::new(path), count.parse()?);
    }
    let count: u32 = arguments.iter().find_map(|a| a.parse().ok()).unwrap_or(300_000);
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("list.xlsx");
    let made = Command::new(std::env::current_exe()?)
        .arg("make")
        .arg(&path)
        .arg(count.to_string())
        .status()?;
    if !made.success() {
        return Err("the workbook could not be made".into());
    }
    let (mut alone, mut checked) = (Duration::MAX, Duration::MAX);
    let mut totals = Totals::default();
    // The better of three runs each, in turns, so that a busy moment hits both.
    for _ in 0..3 {
        alone = alone.min(read_alone(&path)?);
        let start = Instant::now();
        totals = rows::read_path(
            &path,
            &Options::default(),
            &Profile::qd838(),
            date(2026, 11, 23),
            &mut |row: Row| {
                black_box(row);
                ControlFlow::Continue(())
            },
        )?;
        checked = checked.min(start.elapsed());
    }
    if totals.ok != u64::from(count) {
        return Err(format!("not every row is good: {totals:?}").into());
    }
    let speed = |time: Duration| f64::from(count) / time.as_secs_f64();
    let ratio = checked.as_secs_f64() / alone.as_secs_f64();
    let peak = peak_memory()?;
    let mut out = std::io::stdout().lock();
    writeln!(out, "rows                 {count:>12}")?;
    writeln!(out, "streaming reader     {:>12.0} rows/s", speed(alone))?;
    writeln!(out, "check                {:>12.0} rows/s", speed(checked))?;
    writeln!(out, "check / reader       {ratio:>12.2} times (goal: at most 3)")?;
    writeln!(out, "peak memory          {peak:>12.0} MB (goal: at most 200)")?;
    writeln!(
        out,
        "{{\"bench\":\"intake_check\",\"rows\":{count},\"rows_per_s\":{:.0},\"baseline_rows_per_s\":{:.0},\"ratio\":{ratio:.3},\"peak_mb\":{peak:.0}}}",
        speed(checked),
        speed(alone)
    )?;
    Ok(())
}

fn read_alone(path: &Path) -> Result<Duration, Box<dyn Error>> {
    let start = Instant::now();
    let mut workbook: Xlsx<_> = Xlsx::new(BufReader::with_capacity(1 << 16, File::open(path)?))?;
    let name = workbook.sheet_names().first().cloned().ok_or("no sheet")?;
    let mut cells = workbook.worksheet_cells_reader(&name)?;
    while let Some(cell) = cells.next_cell()? {
        black_box(cell);
    }
    Ok(start.elapsed())
}

fn make(path: &Path, count: u32) -> Result<(), Box<dyn Error>> {
    let mut workbook = Workbook::new();
    let sheet = workbook.add_worksheet();
    let heads = [
        "STT",
        "Họ và tên",
        "Ngày sinh",
        "Giới tính",
        "Số CCCD",
        "Loại",
        "Mã cơ quan",
        "Cơ quan quản lý",
        "Đơn vị sử dụng",
        "Chức vụ",
        "Mã cán bộ",
        "Ảnh",
    ];
    for (column, head) in (0..).zip(heads) {
        sheet.write_string(0, column, head)?;
    }
    let family = ["Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Phan", "Vũ", "Đặng", "Bùi", "Đỗ"];
    let given = ["An", "Bình", "Cường", "Dũng", "Hòa", "Khánh", "Lộc", "Minh", "Quân", "Tuấn"];
    for row in 1..=count {
        let pick = |list: &[&'static str], step: u32| {
            list.get((row / step) as usize % list.len()).copied().unwrap_or_default()
        };
        let name = format!("{} Văn {} {}", pick(&family, 1), pick(&given, 10), pick(&given, 100));
        let (day, month) = (row % 28 + 1, row % 12 + 1);
        sheet.write_number(row, 0, f64::from(row))?;
        sheet.write_string(row, 1, name)?;
        sheet.write_string(row, 2, format!("{day:02}/{month:02}/1988"))?;
        sheet.write_string(row, 3, "Nam")?;
        sheet.write_string(row, 4, format!("034088{row:06}"))?;
        sheet.write_string(row, 5, pick(&["CB", "CC", "VC"], 1))?;
        sheet.write_string(row, 6, "G09")?;
        sheet.write_string(row, 7, "Bộ Nội vụ")?;
        sheet.write_string(row, 8, format!("Phòng số {}, Vụ Tổ chức cán bộ", row % 500))?;
        sheet.write_string(row, 9, "Chuyên viên chính")?;
        sheet.write_string(row, 10, format!("CB{row:07}"))?;
        sheet.write_string(row, 11, format!("anh{row:07}.jpg"))?;
    }
    workbook.save(path)?;
    Ok(())
}

/// The most memory that this process has had, in MB of 10^6 bytes.
fn peak_memory() -> Result<f64, Box<dyn Error>> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find(|line| line.starts_with("VmHWM")).ok_or("no VmHWM")?;
    let kib: f64 = line.split_whitespace().nth(1).ok_or("no figure")?.parse()?;
    Ok(kib * 1024.0 / 1e6)
}
