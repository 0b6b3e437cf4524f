#pragma once

void construct(int argc, char **argv);
void prepare_cold(int argc, char **argv);
