mod case;
mod fixtures;
mod letters;
