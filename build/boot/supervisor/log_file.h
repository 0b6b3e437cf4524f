#ifndef FN_LOG_FILE_H
#define FN_LOG_FILE_H

struct pump;
void log_file_open(struct pump *pump, int fd, int tee_fd);

#endif
