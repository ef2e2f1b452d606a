//! Bulk releases as CSV: in whatever pieces they come, the records are the same, each stays one by itself, and it is an
//! order or refused.

#![no_main]

use haulgate::process::orders::{
    csv_lines::Header,
    lines::{Cutter, Record},
};
use libfuzzer_sys::fuzz_target;

const HEADER: &str = "number,party,region,kind,line,item,description,quantity,weight_grams,drop,name,street,postal_code,\
    city,country,latitude,longitude,window_from,window_until,skills,proof,service_seconds,value_minor,currency";

fuzz_target!(|input: (u8, &[u8])| {
    let (piece, bytes) = (usize::from(input.0).max(1), input.1);
    let records = cut(bytes, piece);
    assert_eq!(records, cut(bytes, bytes.len().max(1)));
    let usual = Header::read(HEADER.as_bytes()).expect("the header of the contract");
    let own = records
        .first()
        .and_then(|first| if let Record::Whole(bytes) = first { Header::read(bytes).ok() } else { None });
    for record in &records {
        let Record::Whole(bytes) = record else { continue };
        if !bytes.starts_with(b"\xef\xbb\xbf") {
            assert_eq!(cut(bytes, bytes.len()).as_slice(), std::slice::from_ref(record));
        }
        for header in [Some(&usual), own.as_ref()].into_iter().flatten() {
            let Ok(order) = header.order(bytes) else { continue };
            assert!(!bytes.contains(&0));
            let lines = order["lines"].as_array().expect("an order has lines");
            assert!(!lines.is_empty() && lines.len() <= bytes.len());
            assert_eq!(serde_json::from_str::<serde_json::Value>(&order.to_string()).ok(), Some(order));
        }
    }
});

fn cut(bytes: &[u8], piece: usize) -> Vec<Record> {
    let mut cutter = Cutter::of(true);
    let mut records = Vec::new();
    for mut bytes in bytes.chunks(piece) {
        while let Some(record) = cutter.next(&mut bytes) {
            records.push(record);
        }
    }
    records.extend(cutter.last());
    records
}
