#ifndef FN_PRISTINE_H
#define FN_PRISTINE_H

void construct(int argc, char **argv);
void prepare_cold(int argc, char **argv);

#endif
