/* A handwritten digit of the UCI set "Optical Recognition of Handwritten Digits": 8 x 8 pixels, ink from 0 to 16. */
#ifndef EXAMPLES_DIGIT_H
#define EXAMPLES_DIGIT_H

static const float handwritten_seven[64] = {
    0, 0, 5,  13, 16, 16, 6, 0, /* */
    0, 0, 12, 6,  4,  13, 9, 0, /* */
    0, 0, 0,  0,  1,  15, 3, 0, /* */
    0, 0, 0,  2,  10, 13, 2, 0, /* */
    0, 2, 12, 16, 16, 12, 5, 0, /* */
    0, 1, 6,  9,  11, 0,  0, 0, /* */
    0, 0, 0,  15, 1,  0,  0, 0, /* */
    0, 0, 6,  11, 0,  0,  0, 0,
};

#endif
