mod frames;
mod views;
