mod fixtures;
mod letters;
