//! Owns the variants of a document: each of its values left out, or replaced by one of every type.

use toml::Value;

/// All variants of `document`, each with one difference.
pub(crate) fn of(document: &Value) -> Vec<Value> {
    let mut all = others();
    match document {
        Value::Table(table) => {
            for (key, value) in table {
                let mut without = table.clone();
                without.remove(key);
                all.push(Value::Table(without));
                for other in of(value) {
                    let mut with = table.clone();
                    with.insert(key.clone(), other);
                    all.push(Value::Table(with));
                }
            }
        }
        Value::Array(items) => {
            for (number, item) in items.iter().enumerate() {
                for other in of(item) {
                    let mut with = items.clone();
                    with[number] = other;
                    all.push(Value::Array(with));
                }
            }
        }
        _ => {}
    }
    all
}

fn others() -> Vec<Value> {
    let date = "1979-05-27T07:32:00Z".parse().expect("a date");
    vec![
        Value::String("text".to_owned()),
        Value::String(String::new()),
        Value::Integer(0),
        Value::Integer(3),
        Value::Integer(-1),
        Value::Integer(i64::MAX),
        Value::Float(0.5),
        Value::Boolean(true),
        Value::Datetime(date),
        Value::Array(Vec::new()),
        Value::Array(vec![Value::Integer(1)]),
        Value::Table(
            [("unknown".to_owned(), Value::Integer(1))]
                .into_iter()
                .collect(),
        ),
    ]
}
